package relaytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SQS is a stand-in for SQS, in the JSON protocol 1.0 that the SDKs of today speak: long polls, receive counts, receipt handles, visibility,
// redrive to a dead-letter queue, FIFO groups, batches with an outcome for each entry. Set breaks it; Advance moves its clock.
type SQS struct {
	awsServer
	data    sync.Mutex
	queues  map[string]*sqsQueue // by name
	changed chan struct{}        // closed when messages may have become visible
	ahead   time.Duration        // of the clock
	// Wait bounds how long a receive waits whatever it asks for, so that tests of an empty queue are short. 0 means what it asks for.
	Wait time.Duration
}

// SQSQueue says what a queue is like. Names of FIFO queues end in ".fifo".
type SQSQueue struct {
	Visibility  time.Duration // 0 means 30 s
	DeadLetters string        // name of the queue that takes messages that were received MaxReceives times; "" means none
	MaxReceives int
	// Deny refuses these actions ("GetQueueAttributes") as a policy would.
	Deny []string
}

// maxHidden is how long a message can be hidden after it was received.
const maxHidden = 12 * time.Hour

// NewSQS starts one without queues.
func NewSQS(o AWSOptions) (*SQS, error) {
	s := &SQS{queues: map[string]*sqsQueue{}, changed: make(chan struct{})}
	return s, s.start(o, s.serve)
}

// Queue makes a queue, or changes what it is like, and returns its URL.
func (s *SQS) Queue(name string, q SQSQueue) string {
	s.data.Lock()
	defer s.data.Unlock()
	if q.Visibility == 0 {
		q.Visibility = 30 * time.Second
	}
	if old := s.queues[name]; old != nil {
		old.SQSQueue = q
	} else {
		s.queues[name] = &sqsQueue{SQSQueue: q, name: name, fifo: strings.HasSuffix(name, ".fifo")}
	}
	return s.URL + "/" + AWSAccount + "/" + name
}

// Send puts messages into a queue. For a FIFO queue they are of one group.
func (s *SQS) Send(name string, bodies ...string) {
	for _, b := range bodies {
		s.SendGroup(name, "group", b)
	}
}

// SendGroup puts a message of a group into a FIFO queue.
func (s *SQS) SendGroup(name, group, body string) {
	s.data.Lock()
	defer s.data.Unlock()
	s.queues[name].send(body, group, s.now())
	s.wake()
}

// Len counts the messages of a queue, hidden ones included.
func (s *SQS) Len(name string) int {
	s.data.Lock()
	defer s.data.Unlock()
	return len(s.queues[name].messages)
}

// Hidden counts the messages that are not visible now.
func (s *SQS) Hidden(name string) int {
	s.data.Lock()
	defer s.data.Unlock()
	n := 0
	for _, m := range s.queues[name].messages {
		if m.hidden.After(s.now()) {
			n++
		}
	}
	return n
}

// Bodies returns what is in a queue, in the order in which it was sent.
func (s *SQS) Bodies(name string) []string {
	s.data.Lock()
	defer s.data.Unlock()
	var all []string
	for _, m := range s.queues[name].messages {
		all = append(all, m.body)
	}
	return all
}

// Advance moves the clock, so that hidden messages are shown again.
func (s *SQS) Advance(d time.Duration) {
	s.data.Lock()
	defer s.data.Unlock()
	s.ahead += d
	s.wake()
}

func (s *SQS) now() time.Time { return time.Now().Add(s.ahead) }

// wake lets receives that wait look again.
func (s *SQS) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// sqsError is a refusal.
type sqsError struct {
	status      int
	code, query string // the name in the JSON protocol, and the one of the query protocol
	message     string
}

func sqsRefusal(code, message string) *sqsError {
	return &sqsError{http.StatusBadRequest, code, code, message}
}

// sqsEntry is an entry of a batch, and with it a request about a single message.
type sqsEntry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout *int
	MessageBody       string
	MessageGroupID    string `json:"MessageGroupId"`
}

// sqsInput has the fields of all requests.
type sqsInput struct {
	sqsEntry
	QueueURL            string `json:"QueueUrl"`
	QueueName           string
	MaxNumberOfMessages *int
	WaitTimeSeconds     *int
	Entries             []sqsEntry
	AttributeNames      []string
	System              []string `json:"MessageSystemAttributeNames"`
}

func (s *SQS) serve(w http.ResponseWriter, r *http.Request) {
	action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	f := s.fault(action, "")
	if !s.early(w, r, f) {
		return
	}
	var in sqsInput
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<20)).Decode(&in); err != nil {
		answerSQS(w, nil, sqsRefusal("SerializationException", "the request is no JSON"))
		return
	}
	arn, _, code := s.signer(r)
	switch {
	case f.Status != 0:
		answerSQS(w, nil, &sqsError{f.Status, f.Code, f.Code, f.Message})
		return
	case code == "ExpiredToken":
		answerSQS(w, nil, &sqsError{http.StatusForbidden, "ExpiredTokenException", code, "The security token included in the request is expired"})
		return
	case code != "":
		answerSQS(w, nil, &sqsError{http.StatusForbidden, "UnrecognizedClientException", "InvalidClientTokenId", "The security token included in the request is invalid."})
		return
	}
	out, refusal := s.do(r, action, arn, in, f)
	answerSQS(w, out, refusal)
}

func answerSQS(w http.ResponseWriter, out object, refusal *sqsError) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", "EXAMPLE")
	if refusal != nil {
		w.Header().Set("X-Amzn-Query-Error", refusal.query+";Sender")
		w.WriteHeader(refusal.status)
		out = object{"__type": "com.amazonaws.sqs#" + refusal.code, "message": refusal.message}
	}
	fmt.Fprint(w, marshal(out))
}

// do carries out an action.
func (s *SQS) do(r *http.Request, action, arn string, in sqsInput, f AWSFault) (object, *sqsError) {
	name := in.QueueURL[strings.LastIndex(in.QueueURL, "/")+1:]
	if action == "GetQueueUrl" {
		name = in.QueueName
	}
	s.data.Lock()
	q := s.queues[name]
	var deny []string
	if q != nil {
		deny = q.Deny
	}
	s.data.Unlock()
	if q == nil {
		return nil, &sqsError{http.StatusBadRequest, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."}
	}
	if slices.Contains(deny, action) {
		return nil, &sqsError{http.StatusForbidden, "AccessDeniedException", "AccessDenied",
			denied(arn, "sqs:"+action, "arn:aws:sqs:"+s.region+":"+AWSAccount+":"+name)}
	}
	if action == "ReceiveMessage" {
		return s.receive(r, q, in)
	}
	s.data.Lock()
	defer s.data.Unlock()
	defer s.wake()
	switch action {
	case "GetQueueUrl":
		return object{"QueueUrl": s.URL + "/" + AWSAccount + "/" + name}, nil
	case "GetQueueAttributes":
		return object{"Attributes": s.attributes(q, in.AttributeNames)}, nil
	case "SendMessage", "DeleteMessage", "ChangeMessageVisibility":
		return s.one(q, action, in.sqsEntry)
	case "SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch":
		return s.batch(q, strings.TrimSuffix(action, "Batch"), in.Entries, f)
	}
	return nil, sqsRefusal("InvalidAction", "The action "+action+" is not valid for this endpoint.")
}

// one does what is asked for one message.
func (s *SQS) one(q *sqsQueue, action string, e sqsEntry) (object, *sqsError) {
	switch action {
	case "SendMessage":
		m := q.send(e.MessageBody, e.MessageGroupID, s.now())
		return object{"MessageId": m.id, "MD5OfMessageBody": m.md5()}, nil
	case "DeleteMessage":
		return object{}, q.delete(e.ReceiptHandle, s.now())
	}
	if e.VisibilityTimeout == nil {
		return nil, sqsRefusal("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
	}
	return object{}, q.hide(e.ReceiptHandle, time.Duration(*e.VisibilityTimeout)*time.Second, s.now())
}

func (s *SQS) batch(q *sqsQueue, action string, entries []sqsEntry, f AWSFault) (object, *sqsError) {
	switch {
	case len(entries) == 0:
		return nil, &sqsError{http.StatusBadRequest, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one entry in the request."}
	case len(entries) > 10:
		return nil, &sqsError{
			http.StatusBadRequest, "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are 10. You have sent " + strconv.Itoa(len(entries)) + ".",
		}
	}
	done, failed := []object{}, []object{}
	for _, e := range entries {
		var out object
		var refusal *sqsError
		if f.Entry != "" && (len(f.Entries) == 0 || slices.Contains(f.Entries, e.ID) || slices.Contains(f.Entries, e.ReceiptHandle)) {
			refusal = &sqsError{0, f.Entry, f.Entry, "as the fault says"}
		} else {
			out, refusal = s.one(q, action, e)
		}
		if refusal != nil {
			failed = append(failed, object{"Id": e.ID, "Code": refusal.query, "Message": refusal.message, "SenderFault": true})
			continue
		}
		out["Id"] = e.ID
		done = append(done, out)
	}
	return object{"Successful": done, "Failed": failed}, nil
}

func (s *SQS) attributes(q *sqsQueue, asked []string) object {
	hidden := 0
	for _, m := range q.messages {
		if m.hidden.After(s.now()) {
			hidden++
		}
	}
	all := object{
		"QueueArn": "arn:aws:sqs:" + s.region + ":" + AWSAccount + ":" + q.name, "VisibilityTimeout": strconv.Itoa(int(q.Visibility / time.Second)),
		"ApproximateNumberOfMessages": strconv.Itoa(len(q.messages) - hidden), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
	}
	if q.DeadLetters != "" {
		all["RedrivePolicy"] = marshal(object{
			"deadLetterTargetArn": "arn:aws:sqs:" + s.region + ":" + AWSAccount + ":" + q.DeadLetters, "maxReceiveCount": q.MaxReceives,
		})
	}
	for name := range all {
		if !slices.Contains(asked, name) && !slices.Contains(asked, "All") {
			delete(all, name)
		}
	}
	return all
}
