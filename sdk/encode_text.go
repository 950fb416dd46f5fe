package sdk

import (
	"encoding"
	"encoding/json"
	"reflect"
	"unicode/utf8"
)

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// hasInvalidText reports whether json.Marshal met a string in v that is not
// valid UTF-8. It goes where json.Marshal goes, which has to have succeeded: so
// v has no cycles. What a MarshalJSON returns is taken as it is by both.
func hasInvalidText(v any) bool {
	return invalidText(reflect.ValueOf(v))
}

func invalidText(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return false
		}
	}
	if implements(v, jsonMarshaler) {
		return false
	}
	if implements(v, textMarshaler) {
		return invalidMarshaledText(v)
	}
	switch v.Kind() {
	case reflect.String:
		return !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return invalidText(v.Elem())
	case reflect.Map:
		return invalidMap(v)
	case reflect.Slice, reflect.Array:
		return invalidElement(v)
	case reflect.Struct:
		return invalidField(v)
	}
	return false
}

// implements looks at the pointer, too, as json.Marshal does where it can.
func implements(v reflect.Value, method reflect.Type) bool {
	return v.Type().Implements(method) || v.CanAddr() && reflect.PointerTo(v.Type()).Implements(method)
}

func invalidMarshaledText(v reflect.Value) bool {
	if !v.Type().Implements(textMarshaler) {
		v = v.Addr()
	}
	if !v.CanInterface() {
		return false
	}
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	return err == nil && !utf8.Valid(text)
}

func invalidMap(v reflect.Value) bool {
	for entries := v.MapRange(); entries.Next(); {
		if invalidText(entries.Key()) || invalidText(entries.Value()) {
			return true
		}
	}
	return false
}

func invalidElement(v reflect.Value) bool {
	if kind := v.Type().Elem().Kind(); kind == reflect.Uint8 {
		return false
	}
	for i := range v.Len() {
		if invalidText(v.Index(i)) {
			return true
		}
	}
	return false
}

func invalidField(v reflect.Value) bool {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() && !field.Anonymous || field.Tag.Get("json") == "-" {
			continue
		}
		if invalidText(v.Field(i)) {
			return true
		}
	}
	return false
}
