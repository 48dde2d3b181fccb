# Where the tables can be queried: a Glue database, and an Athena work group with a scan limit.

resource "aws_glue_catalog_database" "charts" {
  name         = replace(var.name, "-", "_")
  description  = "Weekly Spotify charts. The pipeline manages its tables, partitions and views."
  location_uri = "s3://${local.bucket_name}/${var.base_prefix}/transformed_data"
}

resource "aws_athena_workgroup" "charts" {
  name          = var.name
  description   = "Queries on the charts: each reads ${var.athena_scan_limit_bytes} bytes at most."
  force_destroy = true # it contains the history of queries, no data

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.athena_scan_limit_bytes

    result_configuration {
      output_location       = "s3://${aws_s3_bucket.charts.bucket}/${local.athena_results}/"
      expected_bucket_owner = local.account

      encryption_configuration {
        encryption_option = "SSE_S3"
      }
    }
  }
}
