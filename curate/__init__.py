"""The pure part: functions and plain objects; never imports Beam."""
