package integration_test

import (
	"fmt"

	"github.com/pgweir/weir/sdk"
)

// node is a step of that name after inputs.
func node(step sdk.Step2[task, []result, result], name string, do task, inputs ...sdk.Ref[result]) sdk.Ref[result] {
	return step.Bind(sdk.Val(do), sdk.All(inputs...)).With(sdk.NodeOpts{Name: name})
}

// continuation is the graph that unfold returns: two children and their sum.
func continuation(do task, attempt int) sdk.Ref[result] {
	child := task{Value: 1}
	if do.Child != nil {
		child = *do.Child
	}
	one := work.Call(child, nil).With(sdk.NodeOpts{Name: childName(attempt, 1)})
	two := work.Call(task{Value: child.Value}, nil).With(sdk.NodeOpts{Name: childName(attempt, 2)})
	return work.Bind(sdk.Val(task{Value: do.Value}), sdk.All(one, two))
}

// childName says which attempt of the parent made the child.
func childName(attempt, child int) string {
	return fmt.Sprintf("child_%d_of_attempt_%d", child, attempt)
}

// family is a workflow of six steps that wait at the gate: a follower inside a
// run, the head of a run, two of a fan-out, one in a transaction, and a child of
// a continuation.
func family(gate string) sdk.Ref[result] {
	held := task{Value: 1, Gate: gate}
	quick := task{Value: 1}

	inner := node(work, "inner_1", quick)
	inner = node(work, "inner_2", held, inner)
	inner = node(work, "inner_3", quick, inner)
	outer := node(work, "outer_1", held)
	outer = node(work, "outer_2", quick, outer)
	return node(work, "sum", quick,
		inner,
		outer,
		node(work, "fan_1", held),
		node(work, "fan_2", held),
		node(workTx, "tx", held),
		node(unfold, "more", task{Value: 1, Child: &held}),
	)
}

const (
	familyHeld  = 6
	familyQuick = 2                     // that are recorded while those wait: inner_1, and the other child
	familySteps = 3 + 2 + 2 + 1 + 4 + 1 // with those of the continuation
	familyValue = 3 + 2 + 2 + 1 + 3 + 1
)

// mixed is a workflow of each kind of step that waits for nobody.
func mixed(linger int) sdk.Ref[result] {
	quick := task{Value: 1, LingerMS: linger}
	chain := node(work, "chain_1", quick)
	chain = node(work, "chain_2", quick, chain)
	chain = node(workTx, "chain_3", quick, chain)
	return node(work, "sum", quick, chain, node(workTx, "tx", quick), node(unfold, "more", quick))
}

const (
	mixedValue = 3 + 1 + 3 + 1
	mixedSteps = 3 + 1 + 4 + 1
	mixedTx    = 2
)
