package engine

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"time"
)

// maxSleep is longer than anybody waits and shorter than what an interval or a
// time.Duration can hold.
const maxSleep = 100 * 365 * 24 * time.Hour

// checkSleep refuses an argument of FunctionSleep that the database couldn't
// read once the sleep is reached.
func checkSleep(field string, arg Arg) error {
	if arg.Kind != ArgValue {
		return badInput(field, "of %s must be a literal", FunctionSleep)
	}
	if len(arg.Value) == 0 {
		return nil // refused as a payload
	}
	var sleep struct {
		Seconds *float64 `json:"seconds"`
		Until   *string  `json:"until"`
	}
	decoder := json.NewDecoder(bytes.NewReader(arg.Value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&sleep); err != nil || (sleep.Seconds == nil) == (sleep.Until == nil) {
		return badInput(field, `must be {"seconds": number} or {"until": time}`)
	}
	if sleep.Until != nil {
		return checkUntil(field+".until", *sleep.Until)
	}
	if seconds := *sleep.Seconds; math.IsNaN(seconds) || seconds < 0 || seconds > maxSleep.Seconds() {
		return badInput(field+".seconds", "is %v: between 0 and %v", seconds, maxSleep.Seconds())
	}
	return nil
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

// sleeps reports whether some step of the graph is a sleep.
func (g *Graph) sleeps() bool {
	for i := range g.Steps {
		if g.Steps[i].Function == FunctionSleep {
			return true
		}
	}
	return false
}
