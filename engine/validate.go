package engine

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Validate refuses a graph that can't be stored or run. The error joins an
// *InputError for each mistake, which names the field: "steps[3].name". Unset
// limits have their defaults.
func (g *Graph) Validate(limits Limits) error {
	limits = limits.WithDefaults()
	switch count := len(g.Steps); {
	case count == 0:
		return badInput("steps", "is empty")
	case count > limits.MaxSteps:
		return badInput("steps", "has %d steps, at most %d are allowed in one graph: a continuation can add more", count, limits.MaxSteps)
	}
	v := validation{
		limits: limits,
		named:  make(map[string]int),
		used:   make([]bool, len(g.Steps)),
	}
	for i := range g.Steps {
		v.step(i, &g.Steps[i])
	}
	v.root()
	return errors.Join(v.errs...)
}

// validation is one pass over a graph.
type validation struct {
	limits Limits
	named  map[string]int // index of the step that the user gave the name
	used   []bool         // whether a later step depends on the one of that index
	errs   []error
}

func (v *validation) add(err error) {
	if err != nil {
		v.errs = append(v.errs, err)
	}
}

func (v *validation) step(i int, step *Step) {
	field := fmt.Sprintf("steps[%d]", i)
	v.name(field, i, step)
	v.function(field, step)
	v.add(checkQueue(field+".queue", step.Queue))
	for n, arg := range step.Args {
		v.arg(fmt.Sprintf("%s.args[%d]", field, n), i, arg)
	}
	for n, dependency := range step.After {
		v.dependency(fmt.Sprintf("%s.after[%d]", field, n), i, dependency)
	}
	v.errs = append(v.errs, step.Policy.check(field+".policy")...)
	v.add(checkObject(field+".metadata", step.Metadata, v.limits))
}

func (v *validation) name(field string, i int, step *Step) {
	if err := checkText(field+".name", step.Name); err != nil {
		v.add(err)
		return
	}
	if !step.Named {
		return
	}
	if first, doubled := v.named[step.Name]; doubled {
		v.add(badInput(field+".name", "%q is already the name of steps[%d]", step.Name, first))
		return
	}
	v.named[step.Name] = i
}

func (v *validation) function(field string, step *Step) {
	switch step.Function {
	case FunctionSleep, FunctionValue:
		if len(step.Args) != 1 {
			v.add(badInput(field+".args", "%s takes 1 argument, not %d", step.Function, len(step.Args)))
		}
	default:
		v.add(checkFunctionName(field+".function", step.Function))
	}
}

func (v *validation) arg(field string, i int, arg Arg) {
	switch arg.Kind {
	case ArgValue:
		v.add(checkPayload(field, arg.Value, v.limits))
	case ArgRef, ArgTry:
		v.dependency(field, i, arg.Step)
	case ArgList:
		for n, element := range arg.List {
			v.arg(fmt.Sprintf("%s[%d]", field, n), i, element)
		}
	default:
		v.add(badInput(field, "has the unknown kind %d", arg.Kind))
	}
}

func (v *validation) dependency(field string, i, dependency int) {
	if dependency < 0 || dependency >= i {
		v.add(badInput(field, "depends on steps[%d], which doesn't come before steps[%d]", dependency, i))
		return
	}
	v.used[dependency] = true
}

// root holds the last step to be the only one that no other depends on: nothing
// would wait for another one's end.
func (v *validation) root() {
	for i, used := range v.used[:len(v.used)-1] {
		if !used {
			v.add(badInput(fmt.Sprintf("steps[%d]", i), "no step depends on it, and it isn't the last"))
		}
	}
}

const (
	maxRetries  = 1_000_000
	maxFactor   = 1_000
	maxDuration = 365 * 24 * time.Hour
)

func (p Policy) check(field string) (errs []error) {
	if p.Retries != nil && (*p.Retries < -1 || *p.Retries > maxRetries) {
		errs = append(errs, badInput(field+".retries", "is %d: between 0 and %d, or -1 for unlimited", *p.Retries, maxRetries))
	}
	if p.Factor != 0 && (math.IsNaN(p.Factor) || p.Factor < 1 || p.Factor > maxFactor) {
		errs = append(errs, badInput(field+".factor", "is %v: between 1 and %d, or 0 for the default", p.Factor, maxFactor))
	}
	for _, duration := range []struct {
		name  string
		value time.Duration
	}{
		{"backoff", p.Backoff},
		{"max_backoff", p.MaxBackoff},
		{"timeout", p.Timeout},
	} {
		if duration.value < 0 || duration.value > maxDuration {
			errs = append(errs, badInput(field+"."+duration.name, "is %v: between 0 and %v", duration.value, maxDuration))
		}
	}
	return errs
}
