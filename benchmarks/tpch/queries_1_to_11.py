"""TPC-H's queries as a competent MongoDB user writes them.

`$match` first, `$lookup` followed by `$unwind`, tables joined in the order that keeps
few documents, dimensions last. Where the direction of a join depends on an index on a
foreign key, a pipeline takes another way without it. Each ends in a `$project` of the
columns of the SQL query, in its order, so that the rows can be compared.
"""

from __future__ import annotations

from bson import Decimal128, Regex

from benchmarks.tpch.stages import (
    OWN_REVENUE,
    REVENUE,
    Written,
    between,
    day,
    group,
    join,
    lookup,
    match,
    show,
    sort,
    total,
    where,
)


def query_1(indexed: bool) -> Written:
    """Pricing summary report."""
    price = OWN_REVENUE
    return "lineitem", [
        match(l_shipdate={"$lte": day("1998-09-02")}),
        group(
            {"flag": "$l_returnflag", "status": "$l_linestatus"},
            sum_qty=total("$l_quantity"),
            sum_base_price=total("$l_extendedprice"),
            sum_disc_price=total(price),
            sum_charge=total({"$multiply": [price, {"$add": [1, "$l_tax"]}]}),
            avg_qty={"$avg": "$l_quantity"},
            avg_price={"$avg": "$l_extendedprice"},
            avg_disc={"$avg": "$l_discount"},
            count_order=total(1),
        ),
        {"$sort": {"_id.flag": 1, "_id.status": 1}},
        show(
            l_returnflag="$_id.flag",
            l_linestatus="$_id.status",
            sum_qty=1,
            sum_base_price=1,
            sum_disc_price=1,
            sum_charge=1,
            avg_qty=1,
            avg_price=1,
            avg_disc=1,
            count_order=1,
        ),
    ]


def query_2(indexed: bool) -> Written:
    """Minimum cost supplier."""
    return "part", [
        match(p_size=15, p_type=Regex("BRASS$")),
        *join("partsupp", "p_partkey", "ps_partkey", "ps"),
        *join("supplier", "ps.ps_suppkey", "s_suppkey", "s"),
        *join("nation", "s.s_nationkey", "n_nationkey", "n"),
        *join("region", "n.n_regionkey", "r_regionkey", "r"),
        match(r__r_name="EUROPE"),
        group(
            "$p_partkey", least={"$min": "$ps.ps_supplycost"}, rows={"$push": "$$ROOT"}
        ),
        {"$unwind": "$rows"},
        where({"$eq": ["$rows.ps.ps_supplycost", "$least"]}),
        {"$replaceRoot": {"newRoot": "$rows"}},
        {"$sort": {"s.s_acctbal": -1, "n.n_name": 1, "s.s_name": 1, "p_partkey": 1}},
        {"$limit": 100},
        show(
            s_acctbal="$s.s_acctbal",
            s_name="$s.s_name",
            n_name="$n.n_name",
            p_partkey=1,
            p_mfgr=1,
            s_address="$s.s_address",
            s_phone="$s.s_phone",
            s_comment="$s.s_comment",
        ),
    ]


def query_3(indexed: bool) -> Written:
    """Shipping priority."""
    if indexed:
        start = "customer"
        joined = [
            match(c_mktsegment="BUILDING"),
            *join("orders", "c_custkey", "o_custkey", "o"),
            match(o__o_orderdate={"$lt": day("1995-03-15")}),
        ]
    else:
        start = "orders"
        joined = [
            match(o_orderdate={"$lt": day("1995-03-15")}),
            *join("customer", "o_custkey", "c_custkey", "c"),
            match(c__c_mktsegment="BUILDING"),
            {"$project": {"o": "$$ROOT"}},
        ]
    return start, [
        *joined,
        *join("lineitem", "o.o_orderkey", "l_orderkey", "l"),
        match(l__l_shipdate={"$gt": day("1995-03-15")}),
        group(
            {
                "key": "$l.l_orderkey",
                "day": "$o.o_orderdate",
                "priority": "$o.o_shippriority",
            },
            revenue=total(REVENUE),
        ),
        {"$sort": {"revenue": -1, "_id.day": 1}},
        {"$limit": 10},
        show(
            l_orderkey="$_id.key",
            revenue=1,
            o_orderdate="$_id.day",
            o_shippriority="$_id.priority",
        ),
    ]


def query_4(indexed: bool) -> Written:
    """Order priority checking."""
    late = [where({"$lt": ["$l_commitdate", "$l_receiptdate"]}), {"$limit": 1}]
    return "orders", [
        match(o_orderdate=between("1993-07-01", "1993-10-01")),
        lookup("lineitem", "o_orderkey", "l_orderkey", "late", pipeline=late),
        match(late={"$ne": []}),
        group("$o_orderpriority", order_count=total(1)),
        sort(_id=1),
        show(o_orderpriority="$_id", order_count=1),
    ]


def query_5(indexed: bool) -> Written:
    """Local supplier volume."""
    if indexed:
        start = "region"
        joined = [
            match(r_name="ASIA"),
            *join("nation", "r_regionkey", "n_regionkey", "n"),
            *join("customer", "n.n_nationkey", "c_nationkey", "c"),
            *join("orders", "c.c_custkey", "o_custkey", "o"),
            match(o__o_orderdate=between("1994-01-01", "1995-01-01")),
        ]
    else:
        start = "orders"
        joined = [
            match(o_orderdate=between("1994-01-01", "1995-01-01")),
            {"$project": {"o": "$$ROOT"}},
            *join("customer", "o.o_custkey", "c_custkey", "c"),
            *join("nation", "c.c_nationkey", "n_nationkey", "n"),
            *join("region", "n.n_regionkey", "r_regionkey", "r"),
            match(r__r_name="ASIA"),
        ]
    return start, [
        *joined,
        *join("lineitem", "o.o_orderkey", "l_orderkey", "l"),
        *join("supplier", "l.l_suppkey", "s_suppkey", "s"),
        where({"$eq": ["$s.s_nationkey", "$c.c_nationkey"]}),
        group("$n.n_name", revenue=total(REVENUE)),
        sort(revenue=-1),
        show(n_name="$_id", revenue=1),
    ]


def query_6(indexed: bool) -> Written:
    """Forecasting revenue change."""
    return "lineitem", [
        match(
            l_shipdate=between("1994-01-01", "1995-01-01"),
            l_discount={"$gte": Decimal128("0.05"), "$lte": Decimal128("0.07")},
            l_quantity={"$lt": 24},
        ),
        group(None, revenue=total({"$multiply": ["$l_extendedprice", "$l_discount"]})),
        show(revenue=1),
    ]


def query_7(indexed: bool) -> Written:
    """Volume shipping."""
    years = between("1995-01-01", "1997-01-01")
    both = {"$in": ["FRANCE", "GERMANY"]}
    if indexed:
        start = "nation"
        joined = [
            match(n_name=both),
            {"$project": {"n1": "$$ROOT"}},
            *join("supplier", "n1.n_nationkey", "s_nationkey", "s"),
            *join("lineitem", "s.s_suppkey", "l_suppkey", "l"),
            match(l__l_shipdate=years),
        ]
    else:
        start = "lineitem"
        joined = [
            match(l_shipdate=years),
            {"$project": {"l": "$$ROOT"}},
            *join("supplier", "l.l_suppkey", "s_suppkey", "s"),
            *join("nation", "s.s_nationkey", "n_nationkey", "n1"),
            match(n1__n_name=both),
        ]
    return start, [
        *joined,
        *join("orders", "l.l_orderkey", "o_orderkey", "o"),
        *join("customer", "o.o_custkey", "c_custkey", "c"),
        *join("nation", "c.c_nationkey", "n_nationkey", "n2"),
        {
            "$match": {
                "$or": [
                    {"n1.n_name": "FRANCE", "n2.n_name": "GERMANY"},
                    {"n1.n_name": "GERMANY", "n2.n_name": "FRANCE"},
                ]
            }
        },
        group(
            {
                "from": "$n1.n_name",
                "to": "$n2.n_name",
                "year": {"$year": "$l.l_shipdate"},
            },
            revenue=total(REVENUE),
        ),
        {"$sort": {"_id.from": 1, "_id.to": 1, "_id.year": 1}},
        show(
            supp_nation="$_id.from",
            cust_nation="$_id.to",
            l_year="$_id.year",
            revenue=1,
        ),
    ]


def query_8(indexed: bool) -> Written:
    """National market share."""
    years = between("1995-01-01", "1997-01-01")
    steel = "ECONOMY ANODIZED STEEL"
    american = [
        *join("customer", "o.o_custkey", "c_custkey", "c"),
        *join("nation", "c.c_nationkey", "n_nationkey", "n1"),
        *join("region", "n1.n_regionkey", "r_regionkey", "r"),
        match(r__r_name="AMERICA"),
    ]
    if indexed:
        start = "part"
        joined = [
            match(p_type=steel),
            *join("lineitem", "p_partkey", "l_partkey", "l"),
            *join("orders", "l.l_orderkey", "o_orderkey", "o"),
            match(o__o_orderdate=years),
            *american,
        ]
    else:
        start = "orders"
        joined = [
            match(o_orderdate=years),
            {"$project": {"o": "$$ROOT"}},
            *american,
            *join("lineitem", "o.o_orderkey", "l_orderkey", "l"),
            *join("part", "l.l_partkey", "p_partkey", "p"),
            match(p__p_type=steel),
        ]
    return start, [
        *joined,
        *join("supplier", "l.l_suppkey", "s_suppkey", "s"),
        *join("nation", "s.s_nationkey", "n_nationkey", "n2"),
        group(
            {"$year": "$o.o_orderdate"},
            brazil=total({"$cond": [{"$eq": ["$n2.n_name", "BRAZIL"]}, REVENUE, 0]}),
            all=total(REVENUE),
        ),
        sort(_id=1),
        show(o_year="$_id", mkt_share={"$divide": ["$brazil", "$all"]}),
    ]


def query_9(indexed: bool) -> Written:
    """Product type profit measure."""
    if indexed:
        start = "part"
        joined = [
            match(p_name=Regex("green")),
            *join("lineitem", "p_partkey", "l_partkey", "l"),
        ]
    else:
        start = "lineitem"
        joined = [
            {"$project": {"l": "$$ROOT"}},
            *join("part", "l.l_partkey", "p_partkey", "p"),
            match(p__p_name=Regex("green")),
        ]
    supplied = {
        "let": {"supplier": "$l.l_suppkey"},
        "pipeline": [where({"$eq": ["$ps_suppkey", "$$supplier"]})],
    }
    cost = {"$multiply": ["$ps.ps_supplycost", "$l.l_quantity"]}
    return start, [
        *joined,
        lookup("partsupp", "l.l_partkey", "ps_partkey", "ps", **supplied),
        {"$unwind": "$ps"},
        *join("orders", "l.l_orderkey", "o_orderkey", "o"),
        *join("supplier", "l.l_suppkey", "s_suppkey", "s"),
        *join("nation", "s.s_nationkey", "n_nationkey", "n"),
        group(
            {"nation": "$n.n_name", "year": {"$year": "$o.o_orderdate"}},
            sum_profit=total({"$subtract": [REVENUE, cost]}),
        ),
        {"$sort": {"_id.nation": 1, "_id.year": -1}},
        show(nation="$_id.nation", o_year="$_id.year", sum_profit=1),
    ]


def query_10(indexed: bool) -> Written:
    """Returned item reporting."""
    return "orders", [
        match(o_orderdate=between("1993-10-01", "1994-01-01")),
        *join("lineitem", "o_orderkey", "l_orderkey", "l"),
        match(l__l_returnflag="R"),
        group("$o_custkey", revenue=total(REVENUE)),
        *join("customer", "_id", "c_custkey", "c"),
        *join("nation", "c.c_nationkey", "n_nationkey", "n"),
        sort(revenue=-1),
        {"$limit": 20},
        show(
            c_custkey="$_id",
            c_name="$c.c_name",
            revenue=1,
            c_acctbal="$c.c_acctbal",
            n_name="$n.n_name",
            c_address="$c.c_address",
            c_phone="$c.c_phone",
            c_comment="$c.c_comment",
        ),
    ]


def query_11(indexed: bool) -> Written:
    """Important stock identification."""
    if indexed:
        start = "nation"
        joined = [
            match(n_name="GERMANY"),
            *join("supplier", "n_nationkey", "s_nationkey", "s"),
            *join("partsupp", "s.s_suppkey", "ps_suppkey", "ps"),
        ]
    else:
        start = "partsupp"
        joined = [
            {"$project": {"ps": "$$ROOT"}},
            *join("supplier", "ps.ps_suppkey", "s_suppkey", "s"),
            *join("nation", "s.s_nationkey", "n_nationkey", "n"),
            match(n__n_name="GERMANY"),
        ]
    value = {"$multiply": ["$ps.ps_supplycost", "$ps.ps_availqty"]}
    bound = {"$multiply": ["$total", Decimal128("0.0001")]}
    return start, [
        *joined,
        group("$ps.ps_partkey", value=total(value)),
        group(None, total=total("$value"), parts={"$push": "$$ROOT"}),
        {"$unwind": "$parts"},
        where({"$gt": ["$parts.value", bound]}),
        {"$sort": {"parts.value": -1}},
        show(ps_partkey="$parts._id", value="$parts.value"),
    ]
