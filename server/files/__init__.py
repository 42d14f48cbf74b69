"""Files that people bring and take away: rosters and programmes, as CSV or Excel."""
