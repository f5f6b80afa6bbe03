package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// printResults prints one line for each result, or one JSON object.
func printResults(w io.Writer, asJSON bool, results []result) error {
	if asJSON {
		enc := json.NewEncoder(w)
		for _, r := range results {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\tsystem\tsent\tlost\tdup\treordered\tevents/s\tCPU s/M\tpeak MiB\tp50 ms\tp99 ms\tconnect s\tcatch-up s\tstart s\tobjects/s\tMB/CPU s\t")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%.0f\t%.2f\t%.0f\t%.2f\t%.2f\t%.2f\t%s\t%s\t%s\t%s\t\n", r.Scenario, r.System, r.Sent, r.Lost, r.Duplicates,
			r.Reordered, r.PerSecond, r.CPU, r.PeakMiB, r.P50, r.P99, r.Connect, orDash(r.CatchUp), orDash(r.Start), orDash(r.Objects), orDash(r.Text))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		if r.SendError != "" {
			fmt.Fprintf(w, "%s: %s\n", r.System, r.SendError)
		}
	}
	return nil
}

func orDash(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}

// medians returns one result a system, in the order of their first appearance: of each figure the median, of losses the worst.
func medians(results []result) []result {
	var out []result
	for _, first := range results {
		if slices.ContainsFunc(out, func(r result) bool { return r.System == first.System }) {
			continue
		}
		m := first
		for _, f := range []func(*result) *float64{
			func(r *result) *float64 { return &r.Seconds }, func(r *result) *float64 { return &r.PerSecond },
			func(r *result) *float64 { return &r.CPU }, func(r *result) *float64 { return &r.PeakMiB },
			func(r *result) *float64 { return &r.P50 }, func(r *result) *float64 { return &r.P99 },
			func(r *result) *float64 { return &r.Connect }, func(r *result) *float64 { return &r.CatchUp },
			func(r *result) *float64 { return &r.Start }, func(r *result) *float64 { return &r.Objects },
			func(r *result) *float64 { return &r.Text },
		} {
			var v []float64
			for i := range results {
				if results[i].System == m.System {
					v = append(v, *f(&results[i]))
				}
			}
			slices.Sort(v)
			*f(&m) = v[len(v)/2]
		}
		for _, r := range results {
			if r.System == m.System {
				m.Lost, m.Duplicates, m.Reordered = max(m.Lost, r.Lost), max(m.Duplicates, r.Duplicates), max(m.Reordered, r.Reordered)
			}
		}
		out = append(out, m)
	}
	return out
}

// printRatios prints how the first system does against each other one.
func printRatios(w io.Writer, m []result) {
	for _, r := range m[1:] {
		fmt.Fprintf(w, "%s against %s: %.1f times the events/s, %.2f times the CPU per event, %.2f times the memory, %.2f times the p99\n",
			m[0].System, r.System, ratio(m[0].PerSecond, r.PerSecond), ratio(m[0].CPU, r.CPU), ratio(m[0].PeakMiB, r.PeakMiB), ratio(m[0].P99, r.P99))
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
