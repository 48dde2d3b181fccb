# The bucket: the pipeline's base, Athena's results and Dagster's compute logs, side by side.

locals {
  bucket_name     = coalesce(var.bucket_name, "${var.name}-${local.account}-${var.region}")
  bucket_arn      = "arn:${local.partition}:s3:::${local.bucket_name}"
  base_arn        = "${local.bucket_arn}/${var.base_prefix}"
  athena_results  = "_athena_results"
  compute_logs    = "_dagster_logs"
  temporary_files = { athena-results = local.athena_results, compute-logs = local.compute_logs }
}

resource "aws_s3_bucket" "charts" {
  bucket        = local.bucket_name
  force_destroy = var.delete_data_on_destroy
}

resource "aws_s3_bucket_server_side_encryption_configuration" "charts" {
  bucket = aws_s3_bucket.charts.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "charts" {
  bucket = aws_s3_bucket.charts.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_ownership_controls" "charts" {
  bucket = aws_s3_bucket.charts.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "charts" {
  bucket = aws_s3_bucket.charts.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Charts themselves never expire: only what was overwritten or deleted, and temporary files.
resource "aws_s3_bucket_lifecycle_configuration" "charts" {
  bucket     = aws_s3_bucket.charts.id
  depends_on = [aws_s3_bucket_versioning.charts]

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = var.old_versions_days
    }

    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = local.temporary_files

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = "${rule.value}/"
      }

      expiration {
        days = 90
      }
    }
  }
}

resource "aws_s3_bucket_policy" "charts" {
  bucket     = aws_s3_bucket.charts.id
  depends_on = [aws_s3_bucket_public_access_block.charts]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyOverTLS"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
