package engine

import (
	"bytes"
	"encoding/json"
	"math"
	"time"
)

// builtins are the functions that every engine has: how many arguments they
// take, and what is wrong with those that the database couldn't read once the
// step is reached.
var builtins = map[string]struct {
	args  int
	waits bool // for a time or an event, without a worker
	check func(*Step) error
}{
	FunctionValue: {1, false, func(*Step) error { return nil }},
	FunctionSleep: {1, true, checkSleep},
	FunctionEvent: {1, true, checkEvent},
	FunctionWait:  {2, true, checkWait},
	FunctionCall:  {2, false, checkCall},
}

// waits reports whether some step of the graph may need a timer.
func (g *Graph) waits() bool {
	for i := range g.Steps {
		if builtins[g.Steps[i].Function].waits {
			return true
		}
	}
	return false
}

// checkCall leaves the settings to whoever calls: it reads them.
func checkCall(step *Step) error {
	if step.Args[0].Kind != ArgValue {
		return badInput("args[0]", "of %s must be a literal", step.Function)
	}
	return nil
}

func checkEvent(step *Step) error {
	var event struct {
		Key     string   `json:"key"`
		Seconds *float64 `json:"seconds"`
	}
	if err := readSettings(step, &event); err != nil {
		return err
	}
	if err := CheckText("args[0].key", event.Key); err != nil {
		return err
	}
	return checkSeconds(event.Seconds)
}

func checkWait(step *Step) error {
	var wait struct {
		N       int      `json:"n"`
		Seconds *float64 `json:"seconds"`
	}
	if err := readSettings(step, &wait); err != nil {
		return err
	}
	list := step.Args[1]
	if list.Kind != ArgList || len(step.After) > 0 {
		return badInput("args[1]", "of %s must be a list of steps, and nothing else may come first", FunctionWait)
	}
	if wait.N < 1 || wait.N > len(list.List) {
		return badInput("args[0].n", "is %d: between 1 and the %d that there are", wait.N, len(list.List))
	}
	seen := make(map[int]bool, len(list.List))
	for _, arg := range list.List {
		if arg.Kind != ArgRef && arg.Kind != ArgTry || seen[arg.Step] {
			return badInput("args[1]", "of %s must be a list of different steps", FunctionWait)
		}
		seen[arg.Step] = true
	}
	return checkSeconds(wait.Seconds)
}

// readSettings decodes the literal that a built-in function takes first.
func readSettings(step *Step, settings any) error {
	arg := step.Args[0]
	if arg.Kind != ArgValue {
		return badInput("args[0]", "of %s must be a literal", step.Function)
	}
	decoder := json.NewDecoder(bytes.NewReader(arg.Value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(settings); err != nil {
		return badInput("args[0]", "is nothing that %s takes: %v", step.Function, err)
	}
	return nil
}

// maxWait is longer than anybody waits and shorter than what an interval or a
// time.Duration can hold.
const maxWait = 100 * 365 * 24 * time.Hour

func checkSeconds(seconds *float64) error {
	if seconds != nil && (math.IsNaN(*seconds) || *seconds < 0 || *seconds > maxWait.Seconds()) {
		return badInput("args[0].seconds", "is %v: between 0 and %v", *seconds, maxWait.Seconds())
	}
	return nil
}
