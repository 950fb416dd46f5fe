// Package jobs is what the demo runs: two workflows, written as a program would
// write them.
//
//   - [PlanTrip] books two flights and a hotel and asks for a better hotel. One
//     airline has to be asked twice, and the better hotel is full.
//   - [ScanTree] counts the source files below a folder, each package in a step of
//     its own, as many at once as the workers can.
//
// A file declares its steps, binds them into a graph, and then has the functions
// that implement them.
package jobs

import "github.com/pgweir/weir/sdk"

// Handlers are the implementations of all steps of this package: what a worker
// has to have.
func Handlers() []sdk.Handler {
	return []sdk.Handler{
		BookFlight.Do(bookFlight),
		BookHotel.Do(bookHotel),
		FinalizeTrip.Do(finalizeTrip),

		ListPackages.Continue(listPackages),
		CountPackage.Do(countPackage),
		JoinReport.Do(joinReport),
	}
}
