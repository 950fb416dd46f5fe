package sdk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/pgweir/weir/sdk"
)

// ErrNoRooms is recognised after it was stored, by what ErrorType returns.
var ErrNoRooms error = noRooms{}

type noRooms struct{}

func (noRooms) Error() string     { return "no rooms" }
func (noRooms) ErrorType() string { return "hotel.no_rooms" }

// What a step that was bound with Try came to, as a later step gets it.
func ExampleResult() {
	stored := `{"error": {"step": "book_hotel", "type": "hotel.no_rooms", "message": "no rooms", "attempts": 4}}`
	var hotel sdk.Result[string]
	if err := json.Unmarshal([]byte(stored), &hotel); err != nil {
		log.Fatal(err)
	}

	_, err := hotel.Get()
	fmt.Println(err)
	fmt.Println(errors.Is(err, ErrNoRooms))
	fmt.Println(hotel.Or("a tent"))
	// Output:
	// step "book_hotel" failed after 4 attempts: no rooms
	// true
	// a tent
}
