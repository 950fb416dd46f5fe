package engine

import "cmp"

// Limits bounds what is stored. The zero value has the defaults.
type Limits struct {
	// MaxPayload is the largest argument, output or metadata, in bytes of JSON,
	// and no more than 255 MiB, which is what jsonb can hold in one string.
	//
	// Defaults to 16 MiB.
	MaxPayload int

	// MaxSteps is the largest number of steps of a graph.
	//
	// Defaults to 100,000.
	MaxSteps int
}

const (
	maxText     = 255
	maxFunction = 127
	maxQueue    = 64
	maxDepth    = 1_000
)

// WithDefaults returns a copy whose zero fields have their defaults.
func (l Limits) WithDefaults() Limits {
	l.MaxPayload = cmp.Or(l.MaxPayload, 16<<20)
	l.MaxSteps = cmp.Or(l.MaxSteps, 100_000)
	return l
}
