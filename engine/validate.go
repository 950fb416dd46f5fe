package engine

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Validate refuses a graph that can't be stored or run. The error joins an
// *InputError for each mistake. A field is called what package sdk calls it, as
// that is what users have written: "steps[3].retry.max". Unset limits have their
// defaults.
func (g *Graph) Validate(limits Limits) error { return g.validate(limits, false) }

// ValidateContinuation is Validate for a graph that a step returned: it may name
// Outside steps.
func (g *Graph) ValidateContinuation(limits Limits) error { return g.validate(limits, true) }

func (g *Graph) validate(limits Limits, continues bool) error {
	limits = limits.WithDefaults()
	switch count := len(g.Steps); {
	case count == 0:
		return badInput("steps", "is empty")
	case count > limits.MaxSteps:
		return badInput("steps", "has %d steps, at most %d are allowed in one graph: a continuation can add more", count, limits.MaxSteps)
	}
	v := validation{
		limits:    limits,
		continues: continues,
		steps:     g.Steps,
		named:     make(map[string]int),
		used:      make([]bool, len(g.Steps)),
	}
	for i := range g.Steps {
		v.step(i, &g.Steps[i])
	}
	v.root()
	return errors.Join(v.errs...)
}

// validation is one pass over a graph.
type validation struct {
	limits    Limits
	continues bool // a graph that has steps outside of it
	steps     []Step
	named     map[string]int // index of the step that the user gave the name
	used      []bool         // whether a later step depends on the one of that index
	errs      []error
}

// add notes what is wrong with a field of a step. Paths and reasons are put
// together here only, since most steps have nothing wrong.
func (v *validation) add(i int, err error) {
	var input *InputError
	switch {
	case err == nil:
	case errors.As(err, &input):
		v.refuse(i, "."+input.Field, input.Reason)
	default:
		v.errs = append(v.errs, err)
	}
}

func (v *validation) refuse(i int, field, reason string) {
	if name := v.steps[i].Name; name != "" && field != ".name" {
		reason = fmt.Sprintf("of %q: %s", name, reason)
	}
	v.errs = append(v.errs, &InputError{Field: fmt.Sprintf("steps[%d]%s", i, field), Reason: reason})
}

func (v *validation) step(i int, step *Step) {
	v.add(i, v.name(i, step))
	v.add(i, checkFunction(step))
	v.add(i, CheckQueue("queue", step.Queue))
	for n := range step.Args {
		v.arg(i, &step.Args[n], func() string { return fmt.Sprintf("args[%d]", n) })
	}
	for n, dependency := range step.After {
		v.dependency(i, dependency, func() string { return fmt.Sprintf("after[%d]", n) })
	}
	for _, err := range step.Policy.Check() {
		v.add(i, err)
	}
	v.add(i, CheckObject("metadata", step.Metadata, v.limits))
}

func (v *validation) name(i int, step *Step) error {
	if err := CheckText("name", step.Name); err != nil || !step.Named {
		return err
	}
	if first, doubled := v.named[step.Name]; doubled {
		return badInput("name", "%q is already the name of steps[%d]", step.Name, first)
	}
	v.named[step.Name] = i
	return nil
}

func checkFunction(step *Step) error {
	builtin, known := builtins[step.Function]
	switch {
	case !known:
		return checkFunctionName("declaration.name", step.Function)
	case len(step.Args) != builtin.args:
		return badInput("args", "%s takes %d, not %d", step.Function, builtin.args, len(step.Args))
	default:
		return builtin.check(step)
	}
}

func (v *validation) arg(i int, arg *Arg, field func() string) {
	switch arg.Kind {
	case ArgValue:
		if CheckPayload("", arg.Value, v.limits) != nil {
			v.add(i, CheckPayload(field(), arg.Value, v.limits))
		}
	case ArgRef, ArgTry:
		v.dependency(i, arg.Step, field)
	case ArgList:
		for n := range arg.List {
			v.arg(i, &arg.List[n], func() string { return fmt.Sprintf("%s[%d]", field(), n) })
		}
	case ArgMap:
		for _, key := range slices.Sorted(maps.Keys(arg.Map)) {
			at := func() string { return fmt.Sprintf("%s[%q]", field(), key) }
			if reason := refusedKey(key); reason != "" {
				v.add(i, badInput(at(), "%s", reason))
			}
			v.arg(i, new(arg.Map[key]), at)
		}
	default:
		v.add(i, badInput(field(), "has the unknown kind %d", arg.Kind))
	}
}

func (v *validation) dependency(i, dependency int, field func() string) {
	if dependency < 0 && v.continues {
		return
	}
	if dependency < 0 {
		v.add(i, badInput(field(), "is a step of a running workflow: only a graph that a step of that workflow returns can take it"))
		return
	}
	if dependency >= i {
		v.add(i, badInput(field(), "depends on steps[%d], which doesn't come before steps[%d]", dependency, i))
		return
	}
	v.used[dependency] = true
}

// root holds the last step to be the only one that no other depends on: nothing
// would wait for another one's end.
func (v *validation) root() {
	for i, used := range v.used[:len(v.used)-1] {
		if !used {
			v.refuse(i, "", "no step depends on it, and it isn't the last")
		}
	}
}

const (
	maxRetries  = 1_000_000
	maxFactor   = 1_000
	maxDuration = 365 * 24 * time.Hour
)

func (p Policy) Check() (errs []error) {
	if p == (Policy{}) {
		return nil
	}
	if p.Retries != nil && (*p.Retries < -1 || *p.Retries > maxRetries) {
		errs = append(errs, badInput("retry.max", "is %d: a count of at most %d, or -1 for ever", *p.Retries, maxRetries))
	}
	if p.Factor != 0 && (math.IsNaN(p.Factor) || p.Factor < 1 || p.Factor > maxFactor) {
		errs = append(errs, badInput("retry.factor", "is %v: between 1 and %d, or 0 for the default", p.Factor, maxFactor))
	}
	errs = append(errs,
		checkDuration("retry.backoff", p.Backoff),
		checkDuration("retry.max_backoff", p.MaxBackoff),
		checkDuration("timeout", p.Timeout),
	)
	return errs
}

func checkDuration(field string, value time.Duration) error {
	if value < 0 || value > maxDuration {
		return badInput(field, "is %v: between 0 and %v", value, maxDuration)
	}
	return nil
}
