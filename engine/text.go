package engine

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// queuePattern is what River takes as a queue's name, less the "|" that it
// allows between two words.
var queuePattern = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

// CheckText refuses what is no id or name: 1-255 bytes of UTF-8 without control
// characters.
func CheckText(field, text string) error {
	return CheckTextUpTo(field, text, maxText)
}

func CheckTextUpTo(field, text string, limit int) error {
	switch {
	case text == "":
		return badInput(field, "is empty")
	case len(text) > limit:
		return badInput(field, "has %d bytes, at most %d are allowed", len(text), limit)
	case !utf8.ValidString(text):
		return badInput(field, "is not valid UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return badInput(field, "has a control character")
	}
	return nil
}

// refusedKey says what is wrong with a key that is to be one of a JSON object.
func refusedKey(key string) string {
	switch {
	case !utf8.ValidString(key):
		return "its key is not valid UTF-8"
	case strings.Contains(key, "\x00"):
		return "its key has a NUL character"
	}
	return ""
}

// checkFunctionName refuses what no user may register or call.
func checkFunctionName(field, name string) error {
	if err := CheckTextUpTo(field, name, maxFunction); err != nil {
		return err
	}
	if strings.HasPrefix(name, "weir.") {
		return badInput(field, "%q is reserved: names that start with \"weir.\" are the engine's", name)
	}
	return nil
}

// CheckQueue refuses what River wouldn't take. Empty is the default queue.
func CheckQueue(field, queue string) error {
	if queue == "" || queue == queueDefault || len(queue) <= maxQueue && queuePattern.MatchString(queue) {
		return nil
	}
	return badInput(field, "%q is no queue name: up to %d of a-z and 0-9, with single _ or - between", queue, maxQueue)
}
