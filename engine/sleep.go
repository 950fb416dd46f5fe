package engine

import (
	"strings"
	"time"
)

func checkSleep(step *Step) error {
	var sleep struct {
		Seconds *float64 `json:"seconds"`
		Until   *string  `json:"until"`
	}
	if err := readSettings(step, &sleep); err != nil {
		return err
	}
	if (sleep.Seconds == nil) == (sleep.Until == nil) {
		return badInput("args[0]", `must be {"seconds": number} or {"until": time}`)
	}
	if sleep.Until != nil {
		return checkUntil("args[0].until", *sleep.Until)
	}
	return checkSeconds(sleep.Seconds)
}

// checkUntil refuses what Postgres would, too: Go is the more generous reader.
func checkUntil(field, until string) error {
	const farthest = 16 * 60 * 60 // seconds east or west of Greenwich
	at, err := time.Parse(time.RFC3339Nano, until)
	_, offset := at.Zone()
	if err != nil || strings.Contains(until, ",") || at.UTC().Year() < 1 || offset <= -farthest || offset >= farthest {
		return badInput(field, "%q is no time as in RFC 3339", until)
	}
	return nil
}
