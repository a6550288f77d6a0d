"""Numbers that CloudWatch documents."""

from __future__ import annotations

MINUTE_SECONDS = 60  # of any minute
HOUR_SECONDS = 3600  # of any hour
DAY_SECONDS = 86_400  # of any day
# GetMetricData, StartTime and Period: how far back points of each fineness are kept.
FINEST_DAYS = 3 / 24  # GetMetricData: points of less than a minute are kept for 3 hours
MINUTES_DAYS = 15  # GetMetricData: points of a minute
FIVE_MINUTES_DAYS = 63  # GetMetricData: points of five minutes
HOURS_DAYS = 455  # GetMetricData: points of an hour, and then nothing
FINE_PERIODS = (1, 5, 10, 20, 30)  # MetricStat, Period: those of less than a minute
ALARM_FINE_PERIODS = (10, 20, 30)  # PutMetricAlarm, Period: those of less than a minute
PERIODS = (1, 5, 10, 30, 60, 300, 900, 3600, 10_800, 21_600, 86_400)  # ours: those chosen from
MAX_CHOSEN_POINTS = 1440  # ours: a day of minutes is more than a chart shows
MAX_QUERIES_PER_CALL = 500  # GetMetricData, MetricDataQueries
MAX_EXPRESSION_CHARACTERS = 2048  # MetricDataQuery, Expression
READ_WORKERS = 4  # ours: GetMetricData calls under way at once; AWS allows 50 a second
READ_ATTEMPTS = 4  # ours: how often a result that CloudWatch calls an internal error is asked for
READ_PAUSE_SECONDS = 0.5  # ours: before it is asked for again
LATEST_SECONDS = 3 * 3600  # ours: how far back the latest point is looked for
LATEST_PERIODS = 3  # ours: and for metrics with few points, in theirs

MAX_NAMESPACE_CHARACTERS = 255  # PutMetricData, Namespace
MAX_NAME_CHARACTERS = 255  # MetricDatum, MetricName; Dimension, Name; PutMetricAlarm, AlarmName
MAX_DIMENSION_VALUE_CHARACTERS = 1024  # Dimension, Value
MAX_DIMENSIONS = 30  # MetricDatum, Dimensions
MAX_DIMENSION_FILTERS = 10  # ListMetrics, Dimensions
MAX_VALUE = 2.0**360  # PutMetricData: values are between -2^360 and 2^360
MAX_DATUM_VALUES = 150  # MetricDatum, Values
MAX_DATA_PER_CALL = 1000  # PutMetricData, MetricData
MAX_PUT_BYTES = 1_000_000  # PutMetricData: 1 MB for an HTTP request
PAST_SECONDS = 14 * 86_400  # PutMetricData: how old a point may be
FUTURE_SECONDS = 2 * 3600  # PutMetricData: how far ahead it may be
VALUE_BYTES = 150  # ours: a value and its count in the wordiest of AWS's protocols
DATUM_BYTES = 400  # ours: all else of a datum there, but its texts
FIELD_BYTES = 110  # ours: what stands around a dimension there
TEXT_GROWTH = 3  # ours: URL encoding writes `/` as `%2F`
FLUSH_SECONDS = 60  # ours: the finest period of most metrics, so that nothing is gained by sending more often
MAX_GATHERED_VALUES = 100_000  # ours: distinct values in memory; then new ones are left out, and counted
MAX_KEPT_DATA = (
    10_000  # ours: data in memory that could not be sent; then the oldest are left out, and counted
)
CLOSE_SECONDS = 10.0  # ours: how long the end of a process waits until what was gathered is sent

MAX_ALARMS_PER_CALL = 100  # DescribeAlarms, AlarmNames and MaxRecords
MAX_ACTIONS = 5  # PutMetricAlarm, AlarmActions
MAX_DESCRIPTION_CHARACTERS = 1024  # PutMetricAlarm, AlarmDescription
MAX_REASON_CHARACTERS = 1023  # SetAlarmState, StateReason
MAX_ALARM_METRICS = 10  # User guide, "CloudWatch service quotas": metrics in the expression of an alarm
MAX_EVALUATED_SECONDS = 7 * 86_400  # PutMetricAlarm, EvaluationPeriods: periods of an hour or more
MAX_SHORT_EVALUATED_SECONDS = 86_400  # PutMetricAlarm, EvaluationPeriods: shorter periods
MAX_RULE_CHARACTERS = 10_240  # PutCompositeAlarm, AlarmRule
MAX_RULE_ALARMS = 100  # PutCompositeAlarm, AlarmRule: children
MAX_RULE_ELEMENTS = 500  # PutCompositeAlarm, AlarmRule: children, TRUE, FALSE and parentheses
SUPPRESSOR_SECONDS = 60  # ours: how long a composite alarm waits for its suppressor, and after it
WAIT_SECONDS = 600  # ours: an alarm of a few minutes changes within this
TEST_SECONDS = 5.0  # ours: how long a test leaves the alarm in that state, so that its actions begin
