package actors

// Called is a call that was accepted.
type Called struct {
	key   key
	actor int64

	// Seq is its place in the order of the actor's calls.
	Seq int64
}
