package acme

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// zapLogger returns a logger for libraries that speak zap, which writes to l. Their lines are a level lower than they say: what an operator has to
// see, the Manager logs, once and with a hint.
func zapLogger(l *slog.Logger) *zap.Logger { return zap.New(slogCore{l}) }

type slogCore struct{ log *slog.Logger }

func slogLevel(l zapcore.Level) slog.Level {
	switch {
	case l >= zapcore.ErrorLevel:
		return slog.LevelWarn
	case l == zapcore.WarnLevel:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// Enabled implements zapcore.Core.
func (c slogCore) Enabled(l zapcore.Level) bool {
	return c.log.Enabled(context.Background(), slogLevel(l))
}

// With implements zapcore.Core.
func (c slogCore) With(fields []zapcore.Field) zapcore.Core {
	return slogCore{slog.New(c.log.Handler().WithAttrs(attrs(fields)))}
}

// Check implements zapcore.Core.
func (c slogCore) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return checked.AddCore(e, c)
	}
	return checked
}

// Write implements zapcore.Core.
func (c slogCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	as := attrs(fields)
	if e.LoggerName != "" {
		as = append(as, slog.String("logger", e.LoggerName))
	}
	r := slog.NewRecord(e.Time, slogLevel(e.Level), e.Message, 0)
	r.AddAttrs(as...)
	return c.log.Handler().Handle(context.Background(), r)
}

// Sync implements zapcore.Core.
func (slogCore) Sync() error { return nil }

func attrs(fields []zapcore.Field) []slog.Attr {
	as := make([]slog.Attr, 0, len(fields))
	for _, f := range fields {
		enc := zapcore.NewMapObjectEncoder()
		f.AddTo(enc)
		for key, value := range enc.Fields {
			as = append(as, slog.Any(key, value))
		}
	}
	return as
}
