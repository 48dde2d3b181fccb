"""QuickSight over the charts in Athena: a data source, data sets over the views, one analysis.

`python -m deploy.quicksight` makes them, see README.md here. What is asked of QuickSight is in
`resources` and `analysis`, asking in `publish`, what must be there before in `preconditions`.
"""
