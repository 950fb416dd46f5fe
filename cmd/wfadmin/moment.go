package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// moment is the value of a flag that takes a time, or how long ago.
type moment struct{ time.Time }

func (m *moment) Type() string { return "time" }

func (m *moment) String() string {
	if m.IsZero() {
		return ""
	}
	return m.Format(time.RFC3339)
}

func (m *moment) Set(text string) error {
	at, ok := ago(text)
	if !ok {
		var err error
		at, err = time.Parse(time.RFC3339, text)
		ok = err == nil
	}
	if !ok || at.IsZero() {
		return errors.New("not a time such as 2026-01-02T15:04:05Z, or how long ago, such as 90m or 7d")
	}
	m.Time = at
	return nil
}

// ago is the time that long before now. Beyond what Go takes there are days.
func ago(text string) (at time.Time, ok bool) {
	now := time.Now().UTC()
	if number, inDays := strings.CutSuffix(text, "d"); inDays {
		days, err := strconv.Atoi(number)
		return now.AddDate(0, 0, -days), err == nil && days >= 0
	}
	duration, err := time.ParseDuration(text)
	return now.Add(-duration), err == nil && duration >= 0
}
