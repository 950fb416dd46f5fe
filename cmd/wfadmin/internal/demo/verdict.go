package demo

// verdict is whether one thing was as it has to be.
type verdict struct {
	holds bool
	text  string
}

func (d *demo) verdict(holds bool, text string) {
	d.verdicts = append(d.verdicts, verdict{holds, text})
}

// judge prints all verdicts. It returns ErrBroken unless everything holds.
func (d *demo) judge() (err error) {
	d.screen.say("")
	for _, v := range d.verdicts {
		mark := "ok  "
		if !v.holds {
			mark, err = "NOT ", ErrBroken
		}
		d.screen.say("%s  %s", mark, v.text)
	}
	return err
}
