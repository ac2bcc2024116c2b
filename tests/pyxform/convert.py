"""Converts workbooks with pyxform: paths as arguments, on standard output JSON {path: {"xform": …} or {"error": …}}."""

import json
import sys

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert


def converted(path):
    """Returns what pyxform makes of one workbook; ODK Validate, which is another program, is not asked."""
    try:
        return {"xform": convert(path, validate=False).xform}
    except PyXFormError as error:
        return {"error": str(error)}


json.dump({path: converted(path) for path in sys.argv[1:]}, sys.stdout)
