// Package actors runs virtual actors: durable objects whose methods are called
// one after the other.
//
// It makes no promise to those who import it: package sdk does.
package actors
