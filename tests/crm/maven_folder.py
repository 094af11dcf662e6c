"""A small export in the layout of the real one, written for a test and changed where the test says."""

import os
from pathlib import Path

import pytest

SMALL = {
    "sales_teams.csv": (
        "sales_person_id,sales_agent,manager,regional_office\n"
        "100,Anna Snelling,Dustin Brinkmann,Central\n"
        "101,Moses Frase,Dustin Brinkmann,Central"
    ),
    "products.csv": "product_id,product,series,sales_price\n1,GTX Basic,GTX,550\n2,GTX Pro,GTX,4821\n",
    "accounts.csv": (
        "account_id,account,sector,year_established,revenue,employees,office_location,subsidiary_of,propensity_to_buy\n"
        "1001,Betasoloin,medical,1999,251.41,495,United States,,0.62\n"
        "1002,Betatech,technolgy,1986,647.18,1185,Kenya,Acme Corporation,0.61\n"
    ),
    "sales_pipeline.csv": (
        "opportunity_id,account_id,sales_agent,product_id,product,account,deal_stage,engage_date,close_date,close_value\n"
        "D-1,1001,Anna Snelling,2,GTXPro,Betasoloin,Won,7/25/25,11/1/25,4570\n"
        "D-2,1001,Moses Frase,1,GTX Basic,Betasoloin,Lost,3/1/25,2/1/25,0\n"
        "D-3,1002,Moses Frase,2,gtx pro,Betatech,Engaging,12/30/25,,\n"
        "D-4,,Moses Frase,1,GTX Basic,,Prospecting,,,\n"
    ),
    "interactions.csv": (
        "account_id,account_name,contact_name,activity_type,status,timestamp,comment\n"
        '1001,Betasoloin,Joel Woods,Meeting,Completed,1/20/25,"Two\n\nparagraphs, and a ""quotation""."\n'
        "1001,Betasoloin,Joel Woods,Email,Scheduled,12/31/25,Hi Joel\n"
        "1002,Betatech,James Fox,Meeting,Completed,6/30/25,Lunch\n"
    ),
}
HEADERS = {file: text.partition("\n")[0] for file, text in SMALL.items()}


def write_export(folder: Path, **contents: str | bytes | None) -> Path:
    """Write the small export into `folder`. A file named (without .csv) has these contents; None: it is missing."""
    folder.mkdir(exist_ok=True)
    for file, text in SMALL.items():
        content = contents.get(file.removesuffix(".csv"), text)
        if content is not None:
            (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def with_rows(file: str, *rows: str) -> str:
    """The small file with more rows at its end."""
    text = SMALL[file]
    return "".join([text, "" if text.endswith("\n") else "\n", *(f"{row}\n" for row in rows)])


def last_line(file: str) -> int:
    """The number of the line that a first added row begins on."""
    return with_rows(file).count("\n") + 1


def real_export() -> Path:
    """The folder of the real export, or skip the test where it is not at hand."""
    data = os.environ.get("AUTONOMY_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data"
    folder = Path(data) / "crm"
    if not (folder / "sales_pipeline.csv").is_file():
        pytest.skip(f"the real export is not in {folder}; set AUTONOMY_DATA to the folder that holds crm/")
    return folder
