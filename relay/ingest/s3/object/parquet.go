package object

func (r *Reader) openParquet(Blob) error {
	return &Error{0, "Parquet is not read"}
}
