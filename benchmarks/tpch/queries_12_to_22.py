"""TPC-H's queries as a competent MongoDB user writes them; see `queries_1_to_11`."""

from __future__ import annotations

from bson import Regex

from benchmarks.tpch.stages import (
    OWN_REVENUE,
    REVENUE,
    Stage,
    Written,
    between,
    group,
    join,
    lookup,
    match,
    show,
    sort,
    total,
    where,
)


def query_12(indexed: bool) -> Written:
    """Shipping modes and order priority."""
    urgent = {"$in": ["$o.o_orderpriority", ["1-URGENT", "2-HIGH"]]}
    return "lineitem", [
        match(
            l_shipmode={"$in": ["MAIL", "SHIP"]},
            l_receiptdate=between("1994-01-01", "1995-01-01"),
        ),
        where({"$lt": ["$l_commitdate", "$l_receiptdate"]}),
        where({"$lt": ["$l_shipdate", "$l_commitdate"]}),
        *join("orders", "l_orderkey", "o_orderkey", "o"),
        group(
            "$l_shipmode",
            high_line_count=total({"$cond": [urgent, 1, 0]}),
            low_line_count=total({"$cond": [urgent, 0, 1]}),
        ),
        sort(_id=1),
        show(l_shipmode="$_id", high_line_count=1, low_line_count=1),
    ]


def query_13(indexed: bool) -> Written:
    """Customer distribution."""
    usual = [match(o_comment={"$not": Regex("special.*requests")})]
    return "customer", [
        lookup("orders", "c_custkey", "o_custkey", "orders", pipeline=usual),
        group({"$size": "$orders"}, custdist=total(1)),
        sort(custdist=-1, _id=-1),
        show(c_count="$_id", custdist=1),
    ]


def query_14(indexed: bool) -> Written:
    """Promotion effect."""
    promoted = {"$regexMatch": {"input": "$p.p_type", "regex": "^PROMO"}}
    share = {"$divide": [{"$multiply": [100, "$promo"]}, "$all"]}
    return "lineitem", [
        match(l_shipdate=between("1995-09-01", "1995-10-01")),
        *join("part", "l_partkey", "p_partkey", "p"),
        group(
            None,
            promo=total({"$cond": [promoted, OWN_REVENUE, 0]}),
            all=total(OWN_REVENUE),
        ),
        show(promo_revenue=share),
    ]


def query_15(indexed: bool) -> Written:
    """Top supplier."""
    return "lineitem", [
        match(l_shipdate=between("1996-01-01", "1996-04-01")),
        group("$l_suppkey", revenue=total(OWN_REVENUE)),
        group(None, best={"$max": "$revenue"}, all={"$push": "$$ROOT"}),
        {"$unwind": "$all"},
        where({"$eq": ["$all.revenue", "$best"]}),
        *join("supplier", "all._id", "s_suppkey", "s"),
        {"$sort": {"s.s_suppkey": 1}},
        show(
            s_suppkey="$s.s_suppkey",
            s_name="$s.s_name",
            s_address="$s.s_address",
            s_phone="$s.s_phone",
            total_revenue="$best",
        ),
    ]


def query_16(indexed: bool) -> Written:
    """Parts/supplier relationship."""
    return "part", [
        match(
            p_brand={"$ne": "Brand#45"},
            p_type={"$not": Regex("^MEDIUM POLISHED")},
            p_size={"$in": [49, 14, 23, 45, 19, 3, 36, 9]},
        ),
        *join("partsupp", "p_partkey", "ps_partkey", "ps"),
        *join("supplier", "ps.ps_suppkey", "s_suppkey", "s"),
        match(s__s_comment={"$not": Regex("Customer.*Complaints")}),
        group(
            {
                "brand": "$p_brand",
                "type": "$p_type",
                "size": "$p_size",
                "supplier": "$ps.ps_suppkey",
            }
        ),
        group(
            {"brand": "$_id.brand", "type": "$_id.type", "size": "$_id.size"},
            supplier_cnt=total(1),
        ),
        {
            "$sort": {
                "supplier_cnt": -1,
                "_id.brand": 1,
                "_id.type": 1,
                "_id.size": 1,
            }
        },
        show(
            p_brand="$_id.brand", p_type="$_id.type", p_size="$_id.size", supplier_cnt=1
        ),
    ]


def query_17(indexed: bool) -> Written:
    """Small-quantity-order revenue."""
    wanted = {"p_brand": "Brand#23", "p_container": "MED BOX"}
    if indexed:
        start = "part"
        joined = [
            match(**wanted),
            lookup("lineitem", "p_partkey", "l_partkey", "l"),
            {"$set": {"average": {"$avg": "$l.l_quantity"}}},
        ]
    else:
        start = "lineitem"
        joined = [
            *join("part", "l_partkey", "p_partkey", "p"),
            match(**{f"p.{name}": value for name, value in wanted.items()}),
            group("$l_partkey", average={"$avg": "$l_quantity"}, l={"$push": "$$ROOT"}),
        ]
    return start, [
        *joined,
        {"$unwind": "$l"},
        where({"$lt": [{"$multiply": [5, "$l.l_quantity"]}, "$average"]}),
        group(None, price=total("$l.l_extendedprice")),
        show(avg_yearly={"$divide": ["$price", 7]}),
    ]


def query_18(indexed: bool) -> Written:
    """Large volume customer."""
    return "lineitem", [
        group("$l_orderkey", quantity=total("$l_quantity")),
        match(quantity={"$gt": 300}),
        *join("orders", "_id", "o_orderkey", "o"),
        *join("customer", "o.o_custkey", "c_custkey", "c"),
        {"$sort": {"o.o_totalprice": -1, "o.o_orderdate": 1}},
        {"$limit": 100},
        show(
            c_name="$c.c_name",
            c_custkey="$c.c_custkey",
            o_orderkey="$_id",
            o_orderdate="$o.o_orderdate",
            o_totalprice="$o.o_totalprice",
            quantity=1,
        ),
    ]


def query_19(indexed: bool) -> Written:
    """Discounted revenue."""
    kinds = [
        ("Brand#12", "SM", ["CASE", "BOX", "PACK", "PKG"], 1, 5),
        ("Brand#23", "MED", ["BAG", "BOX", "PKG", "PACK"], 10, 10),
        ("Brand#34", "LG", ["CASE", "BOX", "PACK", "PKG"], 20, 15),
    ]

    def part(prefix: str, brand: str, size: str, boxes: list[str], most: int) -> Stage:
        return {
            f"{prefix}p_brand": brand,
            f"{prefix}p_container": {"$in": [f"{size} {box}" for box in boxes]},
            f"{prefix}p_size": {"$gte": 1, "$lte": most},
        }

    def quantity(prefix: str, least: int) -> Stage:
        return {f"{prefix}l_quantity": {"$gte": least, "$lte": least + 10}}

    sent = {
        "l_shipmode": {"$in": ["AIR", "AIR REG"]},
        "l_shipinstruct": "DELIVER IN PERSON",
    }
    if indexed:
        of_parts = [part("", *k[:3], k[4]) for k in kinds]
        of_lines = [
            {"p_brand": brand, **quantity("l.", least)}
            for brand, _, _, least, _ in kinds
        ]
        return "part", [
            {"$match": {"$or": of_parts}},
            *join("lineitem", "p_partkey", "l_partkey", "l"),
            match(**{f"l.{name}": value for name, value in sent.items()}),
            {"$match": {"$or": of_lines}},
            group(None, revenue=total(REVENUE)),
            show(revenue=1),
        ]
    both = [{**quantity("", k[3]), **part("p.", *k[:3], k[4])} for k in kinds]
    return "lineitem", [
        match(**sent, l_quantity={"$gte": 1, "$lte": 30}),
        *join("part", "l_partkey", "p_partkey", "p"),
        {"$match": {"$or": both}},
        group(None, revenue=total(OWN_REVENUE)),
        show(revenue=1),
    ]


def query_20(indexed: bool) -> Written:
    """Potential part promotion."""
    shipped = {
        "let": {"supplier": "$ps.ps_suppkey"},
        "pipeline": [
            match(l_shipdate=between("1994-01-01", "1995-01-01")),
            where({"$eq": ["$l_suppkey", "$$supplier"]}),
            {"$project": {"l_quantity": 1}},
        ],
    }
    half = {"$multiply": [0.5, {"$sum": "$l.l_quantity"}]}
    return "part", [
        match(p_name=Regex("^forest")),
        *join("partsupp", "p_partkey", "ps_partkey", "ps"),
        lookup("lineitem", "ps.ps_partkey", "l_partkey", "l", **shipped),
        match(l={"$ne": []}),
        where({"$gt": ["$ps.ps_availqty", half]}),
        group("$ps.ps_suppkey"),
        *join("supplier", "_id", "s_suppkey", "s"),
        *join("nation", "s.s_nationkey", "n_nationkey", "n"),
        match(n__n_name="CANADA"),
        {"$sort": {"s.s_name": 1}},
        show(s_name="$s.s_name", s_address="$s.s_address"),
    ]


def query_21(indexed: bool) -> Written:
    """Suppliers who kept orders waiting."""
    late = {"$gt": ["$l.l_receiptdate", "$l.l_commitdate"]}
    other = {"$ne": ["$$line.l_suppkey", "$l.l_suppkey"]}
    other_late = {
        "$and": [other, {"$gt": ["$$line.l_receiptdate", "$$line.l_commitdate"]}]
    }

    def among(condition: Stage) -> Stage:
        lines = {"input": "$lines", "as": "line", "cond": condition}
        return {"$filter": lines}

    if indexed:
        start = "nation"
        joined = [
            match(n_name="SAUDI ARABIA"),
            *join("supplier", "n_nationkey", "s_nationkey", "s"),
            *join("lineitem", "s.s_suppkey", "l_suppkey", "l"),
            where(late),
            *join("orders", "l.l_orderkey", "o_orderkey", "o"),
            match(o__o_orderstatus="F"),
        ]
    else:
        start = "lineitem"
        joined = [
            where({"$gt": ["$l_receiptdate", "$l_commitdate"]}),
            {"$project": {"l": "$$ROOT"}},
            *join("supplier", "l.l_suppkey", "s_suppkey", "s"),
            *join("nation", "s.s_nationkey", "n_nationkey", "n"),
            match(n__n_name="SAUDI ARABIA"),
            *join("orders", "l.l_orderkey", "o_orderkey", "o"),
            match(o__o_orderstatus="F"),
        ]
    return start, [
        *joined,
        lookup("lineitem", "l.l_orderkey", "l_orderkey", "lines"),
        where(
            {"$and": [{"$ne": [among(other), []]}, {"$eq": [among(other_late), []]}]}
        ),
        group("$s.s_name", numwait=total(1)),
        sort(numwait=-1, _id=1),
        {"$limit": 100},
        show(s_name="$_id", numwait=1),
    ]


def query_22(indexed: bool) -> Written:
    """Global sales opportunity."""
    codes = Regex("^(13|31|23|29|30|18|17)")
    paying = {"$cond": [{"$gt": ["$c_acctbal", 0]}, "$c_acctbal", None]}
    return "customer", [
        match(c_phone=codes),
        group(None, average={"$avg": paying}, c={"$push": "$$ROOT"}),
        {"$unwind": "$c"},
        where({"$gt": ["$c.c_acctbal", "$average"]}),
        lookup("orders", "c.c_custkey", "o_custkey", "orders"),
        match(orders=[]),
        group(
            {"$substrCP": ["$c.c_phone", 0, 2]},
            numcust=total(1),
            totacctbal=total("$c.c_acctbal"),
        ),
        sort(_id=1),
        show(cntrycode="$_id", numcust=1, totacctbal=1),
    ]
