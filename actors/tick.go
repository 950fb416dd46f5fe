package actors

import (
	"strings"
	"time"
)

// Tick is one time of a reminder.
type Tick struct {
	// ID is the same wherever the tick is spoken of: the reminder's name and the time,
	// as name@time.
	ID string

	// Reminder is the reminder's name.
	Reminder string

	// Due is when the tick was due, in UTC.
	Due time.Time
}

// tickOf reads what weir_internal.reminder_fire wrote. A time has no @, a name may.
func tickOf(id string) Tick {
	i := strings.LastIndexByte(id, '@')
	if i < 0 {
		return Tick{}
	}
	due, _ := time.Parse(time.RFC3339Nano, id[i+1:]) // the database's own
	return Tick{ID: id, Reminder: id[:i], Due: due}
}
