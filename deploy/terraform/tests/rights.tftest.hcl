# What the pipeline may do, and above all what it may not. Read from the policy as it is sent to AWS.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-north-1:123456789012:secret:spotify-charts/spotify-abc" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-north-1:123456789012:spotify-charts-alerts" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/spotify-charts-pipeline" }
  }
}

variables {
  region             = "eu-north-1"
  run_dagster_on_ecs = false
  bucket_name        = "fjord-charts"
}

run "the_pipeline_deletes_only_what_can_be_made_again" {
  assert {
    condition = sort(flatten([
      for s in jsondecode(aws_iam_policy.pipeline.policy).Statement : flatten([s.Resource])
      if s.Effect == "Allow" && anytrue([for a in flatten([s.Action]) : startswith(a, "s3:Delete") || strcontains(a, "*")])
      ])) == tolist([
      "arn:aws:s3:::fjord-charts/charts/held_back/*",
      "arn:aws:s3:::fjord-charts/charts/published/*",
      "arn:aws:s3:::fjord-charts/charts/raw/checksums/*",
      "arn:aws:s3:::fjord-charts/charts/raw/details/musicbrainz_genres/*",
      "arn:aws:s3:::fjord-charts/charts/raw/details/open_data/*",
      "arn:aws:s3:::fjord-charts/charts/raw/missing/*",
      "arn:aws:s3:::fjord-charts/charts/raw/processed/*/missing.json",
      "arn:aws:s3:::fjord-charts/charts/raw/rejected/*",
      "arn:aws:s3:::fjord-charts/charts/raw/to_be_processed/*",
      "arn:aws:s3:::fjord-charts/charts/transformed_data/*",
    ])
    error_message = "The pipeline may delete more, or less, than what can be made again."
  }
}

run "the_pipeline_writes_tables_and_what_is_held_back" {
  assert {
    condition = length(setsubtract(
      [for folder in ["raw", "transformed_data", "held_back", "reports"] : "arn:aws:s3:::fjord-charts/charts/${folder}/*"],
      flatten([
        for s in jsondecode(aws_iam_policy.pipeline.policy).Statement : s.Resource
        if s.Effect == "Allow" && contains(flatten([s.Action]), "s3:PutObject")
      ]),
    )) == 0
    error_message = "The pipeline can't store a week, or can't hold one back."
  }
  assert {
    condition     = aws_glue_catalog_database.charts.location_uri == "s3://fjord-charts/charts/transformed_data"
    error_message = "The database names another folder than the one with the tables."
  }
}

run "deleting_from_the_archive_is_denied" {
  assert {
    condition = length(setsubtract(
      [for file in ["*.csv", "*.playlist.*", "*/SHA256SUMS"] : "arn:aws:s3:::fjord-charts/charts/raw/processed/${file}"],
      flatten([
        for s in jsondecode(aws_iam_policy.pipeline.policy).Statement : s.Resource
        if s.Effect == "Deny" && contains(flatten([s.Action]), "s3:DeleteObject")
      ]),
    )) == 0
    error_message = "Another policy could let the pipeline delete from the archive."
  }
  assert {
    condition = anytrue([
      for s in jsondecode(aws_iam_policy.pipeline.policy).Statement :
      s.Effect == "Deny" && contains(flatten([s.Action]), "s3:DeleteObjectVersion") &&
      contains(flatten([s.Resource]), "arn:aws:s3:::fjord-charts/*")
    ])
    error_message = "Another policy could let the pipeline delete old versions."
  }
}

run "only_putting_metrics_names_no_resource_but_a_namespace" {
  assert {
    condition = [
      for s in jsondecode(aws_iam_policy.pipeline.policy).Statement : s.Action
      if s.Effect == "Allow" && contains(flatten([s.Resource]), "*")
    ] == ["cloudwatch:PutMetricData"]
    error_message = "The pipeline may do something to everything in the account."
  }
  assert {
    condition = alltrue([
      for s in jsondecode(aws_iam_policy.pipeline.policy).Statement :
      s.Condition.StringEquals["cloudwatch:namespace"] == "SpotifyCharts"
      if flatten([s.Action]) == ["cloudwatch:PutMetricData"]
    ])
    error_message = "The pipeline may put metrics of others."
  }
}

run "each_service_is_open_for_one_thing" {
  assert {
    condition = {
      for s in jsondecode(aws_iam_policy.pipeline.policy).Statement : split(":", flatten([s.Action])[0])[0] => s.Resource
      if contains(["sns", "athena", "secretsmanager", "kms"], split(":", flatten([s.Action])[0])[0])
      } == {
      athena = "arn:aws:athena:eu-north-1:123456789012:workgroup/spotify-charts"
      sns    = "arn:aws:sns:eu-north-1:123456789012:spotify-charts-alerts"
    }
    error_message = "The pipeline may use another topic or work group, or a secret or key, which it needn't."
  }
  assert {
    condition = alltrue(flatten([
      for s in jsondecode(aws_iam_policy.pipeline.policy).Statement : [
        for r in flatten([s.Resource]) : endswith(r, ":catalog") || strcontains(r, "/spotify_charts")
      ]
      if startswith(flatten([s.Action])[0], "glue:") && flatten([s.Action]) != ["glue:GetDatabase"]
    ]))
    error_message = "The pipeline may change tables of another database."
  }
}

run "the_secret_is_called_what_the_readme_says" {
  assert {
    condition     = aws_secretsmanager_secret.spotify.name == "spotify-charts/spotify"
    error_message = "The secret is called otherwise than the README says."
  }
}

run "a_key_of_ones_own_is_used_and_may_be" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-north-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"
  }
  assert {
    condition = {
      for s in jsondecode(aws_iam_policy.pipeline.policy).Statement : s.Sid => s.Resource
      if startswith(flatten([s.Action])[0], "kms:")
    } == { EncryptFiles = output.pipeline_settings["SPOTIFY_ASSETS_S3_ENCRYPTION"] }
    error_message = "The pipeline encrypts with a key that it may not use."
  }
}
