# Amazon QuickSight over the charts: a data source, a data set for each of five views, an analysis with two
# sheets. Made only where quicksight_user names who gets them; docs/aws.md says what has to be there before.

locals {
  quicksight    = var.quicksight_user == "" ? [] : ["charts"]
  quicksight_id = aws_glue_catalog_database.charts.name # begins every id, so two databases stay apart

  # The columns of the views, by QuickSight's types. A view with arrays can't be shown: QuickSight refuses it.
  history_columns = {
    DATETIME = ["week", "week_end", "added_at", "tracked_since", "previous_week", "first_week"]
    STRING = [
      "chart", "song_id", "song_key", "song_name", "artist_names", "album_id", "duration_source", "isrc", "isrc_source",
      "recording_mbid", "match", "label", "song_url", "source", "song", "figures_from", "move",
    ]
    INTEGER = [
      "rank", "duration_ms", "popularity", "streams", "reported_peak_rank", "reported_previous_rank",
      "reported_weeks_on_chart", "week_number", "weeks_since_previous", "counted_previous_rank", "counted_peak_rank",
      "counted_weeks_on_chart", "previous_rank", "peak_rank", "weeks_on_chart", "rank_change",
    ]
    BOOLEAN = ["explicit", "on_chart_at_start"]
  }
  quicksight_views = {
    latest_chart  = local.history_columns
    chart_history = local.history_columns
    chart_weeks = {
      DATETIME = ["week", "week_end", "previous_week"]
      STRING   = ["chart"]
      INTEGER = [
        "weeks_since_previous", "entries", "new_entries", "re_entries", "departures", "moves_reported",
        "duration_known", "explicit_known", "fresh_known", "catalogue_known", "distinct_lead_artists",
        "lead_artists_known", "streams",
      ]
      DECIMAL = ["turnover", "median_duration_ms", "explicit_share", "fresh_share", "catalogue_share", "variety"]
    }
    artist_leaders = {
      DATETIME = ["week"]
      STRING   = ["chart", "artist_id", "artist_name"]
      INTEGER  = ["songs", "lead_songs", "best_rank", "streams", "chart_places_to_date", "leader_rank", "streams_rank"]
      DECIMAL  = ["place_share"]
    }
    genre_weeks = {
      DATETIME = ["week"]
      STRING   = ["chart", "genre"]
      INTEGER  = ["songs", "open_data_songs"]
      DECIMAL  = ["share", "known_share", "spotify_share", "wikidata_share", "musicbrainz_share"]
    }
  }

  percentages = [
    ["chart_weeks", "turnover"], ["chart_weeks", "fresh_share"], ["chart_weeks", "explicit_share"],
    ["genre_weeks", "share"],
  ]

  # Figures and lines show one view by week; `total` is how rows of a week become one number.
  figures = {
    new-songs = { title = "New songs", number = "new_entries" }
    turnover  = { title = "Not there the week before", number = "turnover" }
    variety   = { title = "Variety of lead artists", number = "variety" }
  }
  lines = {
    ranks = {
      title  = "The rank of songs", subtitle = "1 is best, so falling lines rise in the chart. Choose songs above."
      view   = "chart_history", total = "MIN", numbers = ["rank"]
      colour = "song", most = 10, others = "EXCLUDE", type = "LINE"
    }
    genres = {
      title  = "Genres, by their share of the chart", subtitle = ""
      view   = "genre_weeks", total = "SUM", numbers = ["share"]
      colour = "genre", most = 8, others = "INCLUDE", type = "STACKED_AREA"
    }
    change = {
      title  = "How the chart changes"
      view   = "chart_weeks", total = "AVERAGE", numbers = ["turnover", "fresh_share", "explicit_share"]
      colour = null, most = null, others = null, type = "LINE"

      subtitle = "Shares of its entries: not there the week before, fresh, explicit."
    }
  }
  table_labels = [
    ["rank", "Rank"], ["song_name", "Song"], ["artist_names", "Artists"], ["move", "Move"],
    ["previous_rank", "Week before"], ["peak_rank", "Peak"], ["weeks_on_chart", "Weeks"], ["streams", "Streams"],
  ]

  # The sheets' grids have 36 columns: left column, top row, width, height of each visual.
  this_week_layout = {
    new-songs = [0, 0, 12, 5], turnover = [12, 0, 12, 5], variety = [24, 0, 12, 5]
    chart     = [0, 5, 24, 20], artists = [24, 5, 12, 20]
  }
  over_time_layout = { ranks = [0, 0, 36, 12], genres = [0, 12, 18, 12], change = [18, 12, 18, 12] }
}

resource "aws_quicksight_data_source" "charts" {
  for_each = toset(local.quicksight)

  data_source_id = "${local.quicksight_id}-athena"
  name           = "Spotify charts (${local.quicksight_id})"
  type           = "ATHENA"

  parameters {
    athena {
      work_group = aws_athena_workgroup.charts.name
    }
  }

  ssl_properties {
    disable_ssl = false
  }

  permission {
    principal = var.quicksight_user
    actions = [for action in [
      "DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource", "UpdateDataSource",
      "DeleteDataSource", "UpdateDataSourcePermissions",
    ] : "quicksight:${action}"]
  }
}

# Queried directly instead of copied: charts change once a week and a view reads some megabytes, so no copy has
# to be refreshed, lags behind or shows a week that was taken back.
resource "aws_quicksight_data_set" "charts" {
  for_each = var.quicksight_user == "" ? {} : local.quicksight_views

  data_set_id = "${local.quicksight_id}-${each.key}"
  name        = "${each.key} (${local.quicksight_id})"
  import_mode = "DIRECT_QUERY"

  physical_table_map {
    physical_table_map_id = replace(each.key, "_", "-")

    relational_table {
      data_source_arn = aws_quicksight_data_source.charts["charts"].arn
      catalog         = "AwsDataCatalog"
      schema          = aws_glue_catalog_database.charts.name
      name            = each.key

      dynamic "input_columns" {
        for_each = merge([for type, names in each.value : { for name in names : name => type }]...)

        content {
          name = input_columns.key
          type = input_columns.value
        }
      }
    }
  }

  permissions {
    principal = var.quicksight_user
    actions = [for action in [
      "DescribeDataSet", "DescribeDataSetPermissions", "PassDataSet", "DescribeIngestion", "ListIngestions",
      "UpdateDataSet", "DeleteDataSet", "CreateIngestion", "CancelIngestion", "UpdateDataSetPermissions",
    ] : "quicksight:${action}"]
  }
}

resource "aws_quicksight_analysis" "charts" {
  for_each = toset(local.quicksight)

  analysis_id             = "${local.quicksight_id}-charts"
  name                    = "Spotify charts (${local.quicksight_id})"
  recovery_window_in_days = 0 # a deleted analysis that waits keeps its id, and this couldn't be made again

  permissions {
    principal = var.quicksight_user
    actions = [for action in [
      "RestoreAnalysis", "UpdateAnalysisPermissions", "DeleteAnalysis", "QueryAnalysis",
      "DescribeAnalysisPermissions", "DescribeAnalysis", "UpdateAnalysis",
    ] : "quicksight:${action}"]
  }

  definition {
    dynamic "data_set_identifiers_declarations" {
      for_each = aws_quicksight_data_set.charts

      content {
        identifier   = data_set_identifiers_declarations.key
        data_set_arn = data_set_identifiers_declarations.value.arn
      }
    }

    parameter_declarations {
      string_parameter_declaration {
        name                 = "Chart"
        parameter_value_type = "SINGLE_VALUED"

        default_values {
          static_values = [var.quicksight_chart]
        }
      }
    }

    # Both sheets show the chosen chart only.
    dynamic "filter_groups" {
      for_each = local.quicksight_views
      iterator = view

      content {
        filter_group_id = "chart-${replace(view.key, "_", "-")}-group"
        cross_dataset   = "SINGLE_DATASET"
        status          = "ENABLED"

        filters {
          category_filter {
            filter_id = "chart-${replace(view.key, "_", "-")}"

            column {
              data_set_identifier = view.key
              column_name         = "chart"
            }

            configuration {
              custom_filter_configuration {
                match_operator = "EQUALS"
                null_option    = "NON_NULLS_ONLY"
                parameter_name = "Chart"
              }
            }
          }
        }

        scope_configuration {
          selected_sheets {
            dynamic "sheet_visual_scoping_configurations" {
              for_each = ["this-week", "over-time"]

              content {
                sheet_id = sheet_visual_scoping_configurations.value
                scope    = "ALL_VISUALS"
              }
            }
          }
        }
      }
    }

    filter_groups {
      filter_group_id = "leading-weeks-group"
      cross_dataset   = "SINGLE_DATASET"
      status          = "ENABLED"

      filters {
        relative_dates_filter {
          filter_id           = "leading-weeks"
          time_granularity    = "WEEK"
          relative_date_type  = "LAST"
          relative_date_value = 52
          minimum_granularity = "DAY"
          null_option         = "NON_NULLS_ONLY"

          anchor_date_configuration {
            anchor_option = "NOW"
          }

          column {
            data_set_identifier = "artist_leaders"
            column_name         = "week"
          }
        }
      }

      scope_configuration {
        selected_sheets {
          sheet_visual_scoping_configurations {
            sheet_id   = "this-week"
            scope      = "SELECTED_VISUALS"
            visual_ids = ["artists"]
          }
        }
      }
    }

    filter_groups {
      filter_group_id = "song-group"
      cross_dataset   = "SINGLE_DATASET"
      status          = "ENABLED"

      filters {
        category_filter {
          filter_id = "song"

          column {
            data_set_identifier = "chart_history"
            column_name         = "song"
          }

          configuration {
            filter_list_configuration {
              match_operator     = "CONTAINS"
              select_all_options = "FILTER_ALL_VALUES"
            }
          }
        }
      }

      scope_configuration {
        selected_sheets {
          sheet_visual_scoping_configurations {
            sheet_id   = "over-time"
            scope      = "SELECTED_VISUALS"
            visual_ids = ["ranks"]
          }
        }
      }
    }

    dynamic "column_configurations" {
      for_each = local.percentages

      content {
        column {
          data_set_identifier = column_configurations.value[0]
          column_name         = column_configurations.value[1]
        }

        format_configuration {
          number_format_configuration {
            numeric_format_configuration {
              percentage_display_format_configuration {
                decimal_places_configuration {
                  decimal_places = 0
                }
              }
            }
          }
        }
      }
    }

    sheets {
      sheet_id     = "this-week"
      name         = "This week"
      content_type = "INTERACTIVE"

      parameter_controls {
        dropdown {
          parameter_control_id  = "this-week-chart"
          title                 = "Chart"
          source_parameter_name = "Chart"
          type                  = "SINGLE_SELECT"

          selectable_values {
            link_to_data_set_column {
              data_set_identifier = "chart_weeks"
              column_name         = "chart"
            }
          }
        }
      }

      sheet_control_layouts {
        configuration {
          grid_layout {
            elements {
              element_id   = "this-week-chart"
              element_type = "PARAMETER_CONTROL"
              column_span  = 3
              row_span     = 1
            }
          }
        }
      }

      # The latest week's figure beside the figure of the week before.
      dynamic "visuals" {
        for_each = local.figures
        iterator = figure

        content {
          kpi_visual {
            visual_id = figure.key

            title {
              visibility = "VISIBLE"
              format_text {
                plain_text = figure.value.title
              }
            }

            chart_configuration {
              field_wells {
                values {
                  numerical_measure_field {
                    field_id = "${figure.key}-${figure.value.number}"

                    column {
                      data_set_identifier = "chart_weeks"
                      column_name         = figure.value.number
                    }
                    aggregation_function {
                      simple_numerical_aggregation = "AVERAGE"
                    }
                  }
                }

                trend_groups {
                  date_dimension_field {
                    field_id         = "${figure.key}-week"
                    date_granularity = "DAY" # by the week, QuickSight would move Fridays to its own weeks' start

                    column {
                      data_set_identifier = "chart_weeks"
                      column_name         = "week"
                    }
                  }
                }
              }
            }
          }
        }
      }

      visuals {
        table_visual {
          visual_id = "chart"

          title {
            visibility = "VISIBLE"
            format_text {
              plain_text = "The chart of the latest week"
            }
          }

          chart_configuration {
            field_wells {
              table_unaggregated_field_wells {
                dynamic "values" {
                  for_each = local.table_labels

                  content {
                    field_id = "chart-${values.value[0]}"

                    column {
                      data_set_identifier = "latest_chart"
                      column_name         = values.value[0]
                    }
                  }
                }
              }
            }

            sort_configuration {
              row_sort {
                field_sort {
                  field_id  = "chart-rank"
                  direction = "ASC"
                }
              }
            }

            field_options {
              dynamic "selected_field_options" {
                for_each = local.table_labels

                content {
                  field_id     = "chart-${selected_field_options.value[0]}"
                  custom_label = selected_field_options.value[1]
                }
              }
            }
          }
        }
      }

      visuals {
        bar_chart_visual {
          visual_id = "artists"

          title {
            visibility = "VISIBLE"
            format_text {
              plain_text = "Places held by artists, last 52 weeks"
            }
          }

          chart_configuration {
            orientation = "HORIZONTAL"

            field_wells {
              bar_chart_aggregated_field_wells {
                category {
                  categorical_dimension_field {
                    field_id = "artists-artist_name"

                    column {
                      data_set_identifier = "artist_leaders"
                      column_name         = "artist_name"
                    }
                  }
                }

                values {
                  numerical_measure_field {
                    field_id = "artists-songs"

                    column {
                      data_set_identifier = "artist_leaders"
                      column_name         = "songs"
                    }
                    aggregation_function {
                      simple_numerical_aggregation = "SUM"
                    }
                  }
                }
              }
            }

            sort_configuration {
              category_sort {
                field_sort {
                  field_id  = "artists-songs"
                  direction = "DESC"
                }
              }
              category_items_limit {
                items_limit      = 15
                other_categories = "EXCLUDE"
              }
            }
          }
        }
      }

      layouts {
        configuration {
          grid_layout {
            canvas_size_options {
              screen_canvas_size_options {
                resize_option             = "FIXED"
                optimized_view_port_width = "1600px"
              }
            }

            dynamic "elements" {
              for_each = local.this_week_layout

              content {
                element_id   = elements.key
                element_type = "VISUAL"
                column_index = elements.value[0]
                row_index    = elements.value[1]
                column_span  = elements.value[2]
                row_span     = elements.value[3]
              }
            }
          }
        }
      }
    }

    sheets {
      sheet_id     = "over-time"
      name         = "Over time"
      content_type = "INTERACTIVE"

      parameter_controls {
        dropdown {
          parameter_control_id  = "over-time-chart"
          title                 = "Chart"
          source_parameter_name = "Chart"
          type                  = "SINGLE_SELECT"

          selectable_values {
            link_to_data_set_column {
              data_set_identifier = "chart_weeks"
              column_name         = "chart"
            }
          }
        }
      }

      filter_controls {
        dropdown {
          filter_control_id = "over-time-song"
          title             = "Songs"
          source_filter_id  = "song"
          type              = "MULTI_SELECT"
        }
      }

      sheet_control_layouts {
        configuration {
          grid_layout {
            dynamic "elements" {
              for_each = { over-time-chart = "PARAMETER_CONTROL", over-time-song = "FILTER_CONTROL" }

              content {
                element_id   = elements.key
                element_type = elements.value
                column_span  = 3
                row_span     = 1
              }
            }
          }
        }
      }

      dynamic "visuals" {
        for_each = local.lines
        iterator = line

        content {
          line_chart_visual {
            visual_id = line.key

            title {
              visibility = "VISIBLE"
              format_text {
                plain_text = line.value.title
              }
            }

            dynamic "subtitle" {
              for_each = line.value.subtitle == "" ? [] : [line.value.subtitle]

              content {
                visibility = "VISIBLE"
                format_text {
                  plain_text = subtitle.value
                }
              }
            }

            chart_configuration {
              type = line.value.type

              field_wells {
                line_chart_aggregated_field_wells {
                  category {
                    date_dimension_field {
                      field_id         = "${line.key}-week"
                      date_granularity = "DAY"

                      column {
                        data_set_identifier = line.value.view
                        column_name         = "week"
                      }
                    }
                  }

                  dynamic "values" {
                    for_each = line.value.numbers

                    content {
                      numerical_measure_field {
                        field_id = "${line.key}-${values.value}"

                        column {
                          data_set_identifier = line.value.view
                          column_name         = values.value
                        }
                        aggregation_function {
                          simple_numerical_aggregation = line.value.total
                        }
                      }
                    }
                  }

                  dynamic "colors" {
                    for_each = line.value.colour[*]

                    content {
                      categorical_dimension_field {
                        field_id = "${line.key}-${colors.value}"

                        column {
                          data_set_identifier = line.value.view
                          column_name         = colors.value
                        }
                      }
                    }
                  }
                }
              }

              sort_configuration {
                category_sort {
                  field_sort {
                    field_id  = "${line.key}-week"
                    direction = "ASC"
                  }
                }

                dynamic "color_items_limit_configuration" {
                  for_each = line.value.colour[*]

                  content {
                    items_limit      = line.value.most
                    other_categories = line.value.others
                  }
                }
              }
            }
          }
        }
      }

      layouts {
        configuration {
          grid_layout {
            canvas_size_options {
              screen_canvas_size_options {
                resize_option             = "FIXED"
                optimized_view_port_width = "1600px"
              }
            }

            dynamic "elements" {
              for_each = local.over_time_layout

              content {
                element_id   = elements.key
                element_type = "VISUAL"
                column_index = elements.value[0]
                row_index    = elements.value[1]
                column_span  = elements.value[2]
                row_span     = elements.value[3]
              }
            }
          }
        }
      }
    }
  }
}
