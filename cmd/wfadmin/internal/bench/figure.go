package bench

import (
	"slices"
	"time"
)

// sample is what one measurement says of one thing.
type sample struct {
	name, unit string
	value      float64

	base   float64 // what value is compared with; 0 for nothing
	than   string  // what base is
	budget *Budget
}

// besideRiver is a throughput beside the last run of plain River.
func (b *bench) besideRiver(name, unit string, value float64, budget *Budget) sample {
	return sample{name: name, unit: unit, value: value, base: b.river, than: "river", budget: budget}
}

func rate(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

// Budget bounds a figure's ratio, or its value if it is compared with nothing.
type Budget struct {
	// AtLeast or AtMost is the bound, the other is 0.
	AtLeast float64 `json:"at_least,omitempty"`
	AtMost  float64 `json:"at_most,omitempty"`

	// Goal is what is aimed at, 0 for nothing more.
	Goal float64 `json:"goal,omitempty"`
}

func (b *Budget) allows(value float64) bool {
	if b.AtMost != 0 {
		return value <= b.AtMost
	}
	return value >= b.AtLeast
}

// Figure is one thing measured, over all rounds.
type Figure struct {
	Case string `json:"case"`
	Name string `json:"name"`
	Unit string `json:"unit"`

	// Value is the median of Values, which has one for each measurement.
	Value  float64   `json:"value"`
	Values []float64 `json:"values"`

	// Ratio is the median of Ratios, each to what was measured beside it. There
	// are none if the figure is compared with nothing.
	Ratio   float64   `json:"ratio,omitempty"`
	Ratios  []float64 `json:"ratios,omitempty"`
	RatioTo string    `json:"ratio_to,omitempty"`

	// Budget and Met are nil if nothing is asked of the figure, or what it is to
	// be compared with was left out.
	Budget *Budget `json:"budget,omitempty"`
	Met    *bool   `json:"met,omitempty"`
}

func (f *Figure) lastRatio() float64 { return f.Ratios[len(f.Ratios)-1] }

// figures collects samples.
type figures struct{ list []*Figure }

func (f *figures) add(name string, s sample) *Figure {
	at := slices.IndexFunc(f.list, func(f *Figure) bool { return f.Case == name && f.Name == s.name })
	if at < 0 {
		at = len(f.list)
		f.list = append(f.list, &Figure{Case: name, Name: s.name, Unit: s.unit})
	}
	figure := f.list[at]
	figure.Values = append(figure.Values, s.value)
	figure.Value = median(figure.Values)
	judged := figure.Value
	if s.base != 0 {
		figure.Ratios = append(figure.Ratios, s.value/s.base)
		figure.Ratio, figure.RatioTo = median(figure.Ratios), s.than
		judged = figure.Ratio
	}
	comparable := (s.base != 0) == (s.than != "")
	if s.budget != nil && comparable {
		met := s.budget.allows(judged)
		figure.Budget, figure.Met = s.budget, &met
	}
	return figure
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
