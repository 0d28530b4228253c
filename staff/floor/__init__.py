"""The evening on the floor: who is on duty, the clock, tasks from leaders, the evening's duties, the signed night.

Facts of other apps come in through dotted names in the settings (`DUTY_FACTS`, `WRAP_UP`, `NIGHT_COLUMNS`).
"""
