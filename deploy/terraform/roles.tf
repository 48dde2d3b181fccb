# What the pipeline may do, and who may act as the pipeline. Policies are plain JSON with names that are
# known in advance, so that tests can read them. The roles of Dagster's own services are in roles_ecs.tf.

locals {
  glue_arn     = "arn:${local.partition}:glue:${var.region}:${local.account}"
  has_pipeline = var.run_dagster_on_ecs || length(var.pipeline_trusted_principals) > 0

  # Keys below the base. What the pipeline may delete it can make again from the archive, whose files it may
  # never delete. Otherwise, the note why charts of a week are missing is no longer true once they are there, and
  # a file of open data's answers is replaced by one with more of them. The last three are only in bases of an
  # earlier version; `update` removes them.
  written = ["raw/*", "transformed_data/*", "held_back/*", "reports/*"]
  deletable = [
    "raw/to_be_processed/*", "raw/rejected/*", "raw/processed/*/missing.json", "transformed_data/*", "held_back/*",
    "raw/details/open_data/*", "raw/details/musicbrainz_genres/*",
    "published/*", "raw/checksums/*", "raw/missing/*",
  ]
  archive = ["raw/processed/*.csv", "raw/processed/*.playlist.*", "raw/processed/*/SHA256SUMS"]

  pipeline_policy = {
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "ListItsFolders"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = local.bucket_arn
        # IfExists: reading a missing file names no prefix, and has to answer "missing", not "forbidden".
        Condition = { StringLikeIfExists = { "s3:prefix" = ["${var.base_prefix}/*", "${local.athena_results}/*"] } }
      },
      {
        Sid      = "LetAthenaFindTheBucket"
        Effect   = "Allow"
        Action   = "s3:GetBucketLocation"
        Resource = local.bucket_arn
      },
      {
        Sid      = "Read"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = ["${local.base_arn}/*", "${local.bucket_arn}/${local.athena_results}/*"]
      },
      {
        Sid      = "Write"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = [for folder in local.written : "${local.base_arn}/${folder}"]
      },
      {
        Sid      = "LetAthenaWriteAnswers" # it does so with the caller's rights, large ones in parts
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        Resource = "${local.bucket_arn}/${local.athena_results}/*"
      },
      {
        Sid      = "DeleteWhatCanBeMadeAgain"
        Effect   = "Allow"
        Action   = "s3:DeleteObject"
        Resource = [for folder in local.deletable : "${local.base_arn}/${folder}"]
      },
      {
        Sid      = "NeverDeleteFromTheArchive"
        Effect   = "Deny"
        Action   = ["s3:DeleteObject", "s3:DeleteObjectTagging"]
        Resource = [for folder in local.archive : "${local.base_arn}/${folder}"]
      },
      {
        Sid      = "NeverDeleteOldVersions"
        Effect   = "Deny"
        Action   = ["s3:DeleteObjectVersion", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:DeleteBucket"]
        Resource = [local.bucket_arn, "${local.bucket_arn}/*"]
      },
      {
        Sid    = "KeepTheTables" # GetPartition and BatchGetPartition are called by Athena, for the caller
        Effect = "Allow"
        Action = [
          "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions",
          "glue:BatchGetPartition", "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable",
          "glue:BatchCreatePartition", "glue:BatchUpdatePartition", "glue:BatchDeletePartition",
        ]
        Resource = [
          "${local.glue_arn}:catalog",
          "${local.glue_arn}:database/${aws_glue_catalog_database.charts.name}",
          "${local.glue_arn}:table/${aws_glue_catalog_database.charts.name}/*",
        ]
      },
      {
        Sid      = "LetAthenaSeeItsDefault" # AWS requires this of everybody who queries Glue with Athena
        Effect   = "Allow"
        Action   = "glue:GetDatabase"
        Resource = "${local.glue_arn}:database/default"
      },
      {
        Sid    = "Query" # AWS wants GetWorkGroup of everybody who queries in one
        Effect = "Allow"
        Action = [
          "athena:StartQueryExecution", "athena:StopQueryExecution", "athena:GetQueryExecution",
          "athena:GetQueryResults", "athena:GetWorkGroup",
        ]
        Resource = "arn:${local.partition}:athena:${var.region}:${local.account}:workgroup/${aws_athena_workgroup.charts.name}"
      },
      {
        Sid       = "Measure"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*" # AWS has no narrower resource; the namespace limits it
        Condition = { StringEquals = { "cloudwatch:namespace" = var.metrics_namespace } }
      },
      {
        Sid      = "Alert"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = local.topic_arn
      },
      ], var.kms_key_arn == "" ? [] : [
      {
        Sid       = "EncryptFiles"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = var.kms_key_arn
        Condition = { StringLike = { "kms:ViaService" = "s3.${var.region}.amazonaws.com*" } }
      },
    ])
  }
}

# A policy of its own: where Dagster runs elsewhere, it can be attached to a role that already exists.
resource "aws_iam_policy" "pipeline" {
  name        = "${var.name}-pipeline"
  description = "What the chart pipeline may do: its prefixes, tables, queries, metrics and alerts."
  policy      = jsonencode(local.pipeline_policy)
}

resource "aws_iam_role" "pipeline" {
  count = local.has_pipeline ? 1 : 0

  name        = "${var.name}-pipeline"
  description = "Runs of the chart pipeline."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      var.run_dagster_on_ecs ? [local.trust_tasks] : [],
      length(var.pipeline_trusted_principals) == 0 ? [] : [{
        Effect    = "Allow"
        Principal = { AWS = var.pipeline_trusted_principals }
        Action    = "sts:AssumeRole"
      }],
    )
  })
}

resource "aws_iam_role_policy_attachment" "pipeline" {
  count = local.has_pipeline ? 1 : 0

  role       = aws_iam_role.pipeline[0].name
  policy_arn = aws_iam_policy.pipeline.arn
}
