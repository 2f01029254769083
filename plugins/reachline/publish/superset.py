"""The Superset bundle: a database, datasets with the catalogue's metrics, charts, two dashboards.

bi/superset/ holds it in Superset's own format of exports; `python -m reachline.publish.superset
pack <warehouse.duckdb> <bundle.zip>` zips it for `superset import-dashboards`, with the address of
that file and its currency. Every id is made of a name: what `import-dashboards` made once, the
API's `/api/v1/assets/import/` brings up to a newer bundle (the command changes dashboards alone).
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import duckdb
from ruamel.yaml import YAML

from reachline.publish.aggregates import Aggregate, Rows, aggregates, as_sql
from reachline.publish.dashboards import (
    BAR,
    DASHBOARDS,
    DATASETS,
    FILTERS,
    LINE,
    Chart,
    Dataset,
)
from reachline.publish.labels import label_of
from reachline.warehouse.dbt import PROJECT
from reachline.warehouse.metrics import Format

TARGET = PROJECT.parent / "bi" / "superset"
DATABASE = "Reachline"
PLACE = Path("/srv/reachline/data/published/current/warehouse.duckdb")

_VERSION = "1.0.0"
_TIME_TYPES = ("date", "timestamp")
_FORMATS: dict[Format, str] = {
    "number": ",.2~f",
    "signed number": "+,d",
    "percent": ".2%",
    "signed percent": "+.2%",
    "times": ",.2f",
    "fraction": ",.3f",
    "money": ",.2f",
    "small money": ",.4f",
}


def files(database: Path = PLACE, currency: str | None = None) -> dict[str, str]:
    """Return the bundle's files by their path in it; `database` is where Superset finds the file.

    Money is shown in `currency` (ISO 4217), and without one where that is not known. ValueError
    when the path is not absolute: Superset runs in a folder of its own.
    """
    if not database.is_absolute():
        raise ValueError(f"{database}: say the whole path of warehouse.duckdb.")
    bundle: dict[str, Mapping[str, Any]] = {
        "metadata.yaml": {
            # no type: `import-dashboards` and the API's import of assets both take it then
            "version": _VERSION,
            # of the format, not of the day: the same catalogue gives the same files
            "timestamp": "2026-01-01T00:00:00+00:00",
        },
        f"databases/{DATABASE}.yaml": _database(database),
    }
    for dataset in DATASETS:
        bundle[f"datasets/{DATABASE}/{dataset.name}.yaml"] = _dataset(dataset, currency)
    for title, rows in DASHBOARDS.items():
        for chart in (chart for row in rows for chart in row):
            bundle[f"charts/{_slug(chart.name)}.yaml"] = _chart(chart)
        bundle[f"dashboards/{_slug(title)}.yaml"] = _dashboard(title, rows)
    return {name: _yaml(body) for name, body in bundle.items()}


def pack(database: Path) -> bytes:
    """Return the zip that `superset import-dashboards` reads. ValueError as `files`.

    Where the database is on this machine, its money is shown in its currency.
    """
    stream = io.BytesIO()
    currency = _currency(database) if database.is_file() else None
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files(database, currency).items():
            archive.writestr(zipfile.ZipInfo(f"reachline/{name}"), text)
    return stream.getvalue()


def _currency(database: Path) -> str:
    with duckdb.connect(str(database), read_only=True) as connection:
        ((currency,),) = connection.execute("select currency from meta.run").fetchall()
    return str(currency)


def _database(place: Path) -> dict[str, Any]:
    locked = {"enable_external_access": False, "lock_configuration": True}
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": f"duckdb:///{quote(str(place))}",
        # results are not kept: the next release is seen as soon as it is there
        "cache_timeout": -1,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "metadata_params": {},
            # without these an SQL editor could read the server's own files
            "engine_params": {"connect_args": {"read_only": True, "config": locked}},
            "metadata_cache_timeout": {},
            "schemas_allowed_for_csv_upload": [],
        },
        "uuid": _uuid("database", DATABASE),
        "version": _VERSION,
    }


def _dataset(dataset: Dataset, currency: str | None) -> dict[str, Any]:
    rows = dataset.rows
    summed = aggregates(rows)
    figures = {aggregate.column for aggregate in summed}
    return {
        "table_name": rows.name,
        "main_dttm_col": dataset.day,
        "description": rows.description,
        "cache_timeout": None,
        "schema": rows.schema,
        "catalog": None,
        "sql": None,
        "params": None,
        "filter_select_enabled": True,
        "uuid": _uuid("dataset", rows.name),
        "metrics": [
            *(_metric(rows, aggregate, currency) for aggregate in summed),
            *(
                {
                    "metric_name": name,
                    "verbose_name": label_of(name).text,
                    "metric_type": None,
                    "expression": sql,
                    "description": text,
                    "d3format": ",d",
                }
                for name, text, sql in dataset.counts
            ),
        ],
        "columns": [
            {
                "column_name": column.name,
                "verbose_name": _heading(column.name, is_figure=column.name in figures),
                "is_dttm": column.data_type in _TIME_TYPES,
                "is_active": True,
                "type": column.data_type.upper(),
                "groupby": True,
                "filterable": True,
                "expression": None,
                "description": column.description,
            }
            for column in rows.columns
        ]
        + [
            {
                "column_name": name,
                "verbose_name": label_of(like).text,
                "is_dttm": False,
                "is_active": True,
                "type": "VARCHAR",
                "groupby": True,
                "filterable": True,
                "expression": sql,
                "description": None,
            }
            for name, like, sql in dataset.derived
        ],
        "version": _VERSION,
        "database_uuid": _uuid("database", DATABASE),
    }


def _heading(column: str, *, is_figure: bool) -> str:
    """Return what stands over a column: of figures there are many in a table, so it is brief."""
    return label_of(column).brief if is_figure else label_of(column).text


def _metric(rows: Rows, aggregate: Aggregate, currency: str | None) -> dict[str, Any]:
    column = next(column for column in rows.columns if column.name == aggregate.column)
    notes = {
        "sum": "",
        "ratio": " Of several rows: the ratio of their sums.",
        "single": " Of several rows it has no value.",
    }[aggregate.kind]
    if rows.one_of and aggregate.kind != "single":
        notes += f" Only of one {rows.one_of.removesuffix('_id')} at a time."
    return {
        "metric_name": aggregate.column,
        "verbose_name": _heading(aggregate.column, is_figure=True),
        "metric_type": None,
        "expression": as_sql(rows, aggregate),
        "description": column.description + notes,
        "d3format": _format(rows, aggregate),
        **(
            {"currency": {"symbol": currency, "symbolPosition": "prefix"}}
            if currency and label_of(aggregate.column).is_money
            else {}
        ),
    }


def _format(rows: Rows, aggregate: Aggregate) -> str:
    (data_type,) = (one.data_type for one in rows.columns if one.name == aggregate.column)
    if aggregate.metric.format == "number" and data_type in ("bigint", "integer"):
        return ",d"
    return _FORMATS[aggregate.metric.format]


def _chart(chart: Chart) -> dict[str, Any]:
    params = {
        "viz_type": chart.kind,
        "datasource": "0__table",
        "adhoc_filters": [
            {
                "clause": "WHERE",
                "expressionType": "SIMPLE",
                "subject": subject,
                "operator": operator,
                "comparator": value,
            }
            for subject, operator, value in chart.filters
        ],
        "row_limit": chart.limit,
        **_shape(chart),
        **chart.options,
    }
    return {
        "slice_name": chart.name,
        "description": None,
        "viz_type": chart.kind,
        "params": params,
        "query_context": json.dumps(_query_context(chart, params)),
        "cache_timeout": None,
        "uuid": _uuid("chart", chart.name),
        "version": _VERSION,
        "dataset_uuid": _uuid("dataset", chart.dataset.name),
    }


def _shape(chart: Chart) -> dict[str, Any]:
    """Return the part of a chart's form that depends on its kind."""
    if chart.kind == "big_number_total":
        return {"metric": chart.metrics[0], "header_font_size": 0.4, "subheader_font_size": 0.15}
    if chart.kind == "table" and not chart.metrics:
        return {
            "query_mode": "raw",
            "all_columns": list(chart.columns),
            "order_by_cols": [json.dumps(order) for order in chart.orders],
            "table_timestamp_format": "%Y-%m-%d",
            "show_cell_bars": False,
            "server_pagination": False,
            "include_search": True,
        }
    if chart.kind == "table":
        return {
            "query_mode": "aggregate",
            "groupby": list(chart.columns),
            "metrics": list(chart.metrics),
            "timeseries_limit_metric": chart.orders[0][0],
            "order_desc": not chart.orders[0][1],
            "show_cell_bars": False,
            "include_search": True,
        }
    first = label_of(chart.metrics[0]).format
    return {
        "x_axis": chart.columns[0],
        "time_grain_sqla": chart.grain,
        "groupby": list(chart.columns[1:]),
        "metrics": list(chart.metrics),
        "x_axis_sort": next((name for name, _ in chart.orders), None),
        "x_axis_sort_asc": any(up for _, up in chart.orders),
        "show_legend": len(chart.metrics) + len(chart.columns) > 2,
        "legendType": "scroll",
        "rich_tooltip": True,
        "y_axis_format": ".1%" if first == "percent" else "SMART_NUMBER",
    }


def _query_context(chart: Chart, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Superset's API asks for this chart; ids are put in when it is imported."""
    columns: list[Any] = list(chart.columns)
    if chart.kind in (BAR, LINE):
        axis = chart.columns[0]
        columns[0] = {
            "columnType": "BASE_AXIS",
            "expressionType": "SQL",
            "label": axis,
            "sqlExpression": axis,
            "isColumnReference": True,
            **({"timeGrain": chart.grain} if chart.grain else {}),
        }
    query: dict[str, Any] = {
        "columns": columns,
        "metrics": list(chart.metrics) or None,
        "filters": [
            {"col": subject, "op": operator, **({} if value is None else {"val": value})}
            for subject, operator, value in chart.filters
        ],
        "orderby": [list(order) for order in chart.orders],
        "row_limit": chart.limit,
        "is_timeseries": False,
        "extras": {},
    }
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [query],
        "form_data": dict(params),
        "result_format": "json",
        "result_type": "full",
    }


def _dashboard(title: str, rows: tuple[tuple[Chart, ...], ...]) -> dict[str, Any]:
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {
            "type": "GRID",
            "id": "GRID_ID",
            "children": [f"ROW-{n}" for n in range(len(rows))],
            "parents": ["ROOT_ID"],
        },
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
    }
    number = 0
    for n, row in enumerate(rows):
        parents = ["ROOT_ID", "GRID_ID"]
        position[f"ROW-{n}"] = {
            "type": "ROW",
            "id": f"ROW-{n}",
            "children": [f"CHART-{_slug(chart.name)}" for chart in row],
            "parents": parents,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for chart in row:
            number += 1
            name = f"CHART-{_slug(chart.name)}"
            position[name] = {
                "type": "CHART",
                "id": name,
                "children": [],
                "parents": [*parents, f"ROW-{n}"],
                "meta": {
                    "chartId": number,
                    "uuid": _uuid("chart", chart.name),
                    "sliceName": chart.name,
                    "width": chart.width,
                    "height": chart.height,
                },
            }
    return {
        "dashboard_title": title,
        "description": None,
        "css": "",
        "slug": f"reachline-{_slug(title)}",
        "uuid": _uuid("dashboard", title),
        "position": position,
        "metadata": {
            "native_filter_configuration": [
                _filter(title, label, dataset, column) for label, dataset, column in FILTERS[title]
            ],
            "cross_filters_enabled": True,
            "refresh_frequency": 0,
        },
        "version": _VERSION,
        "published": True,
    }


def _filter(title: str, label: str, dataset: Dataset, column: str) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{_slug(title)}-{_slug(label)}",
        "type": "NATIVE_FILTER",
        "name": label,
        "filterType": "filter_select",
        "targets": [
            {"datasetUuid": _uuid("dataset", dataset.name), "column": {"name": column}},
        ],
        "defaultDataMask": {"filterState": {}, "extraFormData": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        "controlValues": {
            "multiSelect": True,
            "enableEmptyFilter": False,
            "defaultToFirstItem": False,
            "inverseSelection": False,
            "searchAllOptions": False,
        },
        "description": "",
    }


def _uuid(kind: str, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"https://reachline.example/superset/{kind}/{name}"))


def _slug(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _yaml(body: Mapping[str, Any]) -> str:
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 100
    stream = io.StringIO()
    yaml.dump(dict(body), stream)
    return stream.getvalue()


def main() -> None:
    """Pack the bundle for one place of the database."""
    parser = argparse.ArgumentParser(prog="python -m reachline.publish.superset")
    commands = parser.add_subparsers(required=True)
    packing = commands.add_parser("pack", help="zip it for `superset import-dashboards -p`")
    packing.add_argument("database", type=Path, help="warehouse.duckdb, as Superset finds it")
    packing.add_argument("target", type=Path, help="the zip to write")
    arguments = parser.parse_args()
    # not resolved: published/current is a link that moves with each release
    arguments.target.write_bytes(pack(arguments.database.absolute()))


if __name__ == "__main__":
    main()
