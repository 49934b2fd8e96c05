/* The protocol of the ring (src/cpp/tbx/queue): producers, the drain, who closes, and the death of
   the process. README.md says what is modelled, and what the switches BUG_* and others mean.

   Every load and store of memory that threads share is a step of its own; everything else happens
   with the step before it. Names are those of the sources. Sizes and positions count words of 8
   bytes. */

#ifndef CAPACITY
#define CAPACITY 8
#endif
#ifndef LONGEST
#define LONGEST (CAPACITY / 4) /* words of a record, header included: max_payload_bytes() */
#endif
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef RECORDS
#define RECORDS 2 /* of each producer, at most 4 */
#endif
#ifndef START
#define START 0 /* position of the empty ring */
#endif

/* ---- ring_layout.h ---- */

/* A header: committed · is payload · length (3 bits) · is padding · producer · number. A payload
   looks like the header of a committed record that nobody sent, for whoever takes it for one. */
#define COMMITTED 256
#define PAYLOAD 128
#define PADDING 8
#define LENGTH(w) (((w) >> 4) & 7)
#define SENDER(w) (((w) >> 2) & 1)
#define NUMBER(w) ((w) & 3)
#define HEADER(length, sender, number) ((length) << 4 | (sender) << 2 | (number))
#define CONTENT(sender, number) (COMMITTED | PAYLOAD | HEADER(1, sender, number))

#define CLOSED_MARK 1
#define POSITION(t) ((t) >> 1)

short word[CAPACITY];
byte tail = 2 * START; /* 2 * position, and the closed mark: one word, one decision */
byte head = START; /* positions; a run is too short for them to wrap */
byte consumed = START;
#ifdef BUG_CLOSED_APART
bool closed_apart;
#define IS_CLOSED(t) closed_apart
#else
#define IS_CLOSED(t) ((t) & CLOSED_MARK)
#endif

/* ---- doorbell.h, parker.h ---- */

mtype = {AWAKE, NAPPING, ASLEEP, ABSENT};
mtype state = ABSENT;
bool drain_runs;

/* Instead of an epoch, for every sleeper whether it has moved on since he read it. */
bool bell_moved;
bool room_moved[PRODUCERS] = true;
byte waiting_producers;

/* ---- what ought to be so ---- */

byte appended[PRODUCERS]; /* committed */
byte written[PRODUCERS];  /* read by the drain */
byte released[PRODUCERS]; /* read, and behind `consumed` */
byte finished;            /* producers */
bool pass_is_on;          /* pass_mutex_ */
bool closed_for_good;

/* ---- producers ---- */

mtype = {NOTHING, RESERVED, FULL, CLOSED};

inline wake() {
  atomic {
    if
    :: state == seen_state -> state = AWAKE
    :: else -> seen_state = AWAKE /* another one acts */
    fi
  }
  if
  :: seen_state == ABSENT -> drain_runs = true
  :: seen_state == NAPPING || seen_state == ASLEEP -> bell_moved = true
  :: seen_state == AWAKE
  fi
}

inline ring_if_asleep() {
#ifndef BUG_LOOK_BEFORE_RESERVING
  seen_state = state;
#endif
  if
  :: seen_state == ASLEEP || seen_state == ABSENT -> wake()
  :: else
  fi
}

inline ring_if_resting() {
  if
  :: seen_state = state
  :: seen_state = AWAKE /* the load is relaxed: a stale answer may only cost a nap */
  fi;
  if
  :: seen_state != AWAKE -> wake()
  :: else
  fi
}

inline try_reserve() {
  result = NOTHING;
  t = tail;
  do
  :: result != NOTHING -> break
  :: result == NOTHING && IS_CLOSED(t) -> result = CLOSED
  :: result == NOTHING && !IS_CLOSED(t) ->
    atomic {
      h = head;
      offset = POSITION(t) % CAPACITY;
      skipped = (need > CAPACITY - offset -> CAPACITY - offset : 0);
      /* A stale tail behind a fresh head is negative here, and huge in the unsigned original. */
      used = POSITION(t) + skipped + need - h
    }
    if
    :: used < 0 || used > CAPACITY ->
      atomic {
        if
        :: tail == t -> result = FULL
        :: else -> t = tail
        fi
      }
    :: else ->
      atomic { /* compare_exchange */
        if
        :: tail == t -> tail = t + 2 * (skipped + need); result = RESERVED
        :: else -> t = tail
        fi
      }
    fi
  od;
  if
  :: result == RESERVED && skipped != 0 ->
    word[offset] = COMMITTED | PADDING | HEADER(skipped, 0, 0);
    offset = 0
  :: else
  fi
}

inline fill_and_commit() {
#ifdef BUG_COMMIT_BEFORE_PAYLOAD
  atomic {
    word[offset] = COMMITTED | HEADER(need, me, appended[me]);
    appended[me]++
  }
#endif
#ifndef BUG_HEADER_ONLY_AT_COMMIT
  word[offset] = HEADER(need, me, (appended[me]) % 4);
#endif
  i = 1;
  do
  :: i == need -> break
  :: else -> word[offset + i] = CONTENT(me, appended[me]); i++
  od;
#ifndef BUG_COMMIT_BEFORE_PAYLOAD
  atomic {
    word[offset] = COMMITTED | HEADER(need, me, appended[me]);
    appended[me]++
  }
#endif
}

/* Room for the record, or `target`, to be written. */
inline look() {
  if
  :: target == 0 ->
    h = head;
    atomic {
      used = POSITION(tail) - h;
      used = (used <= CAPACITY -> used : CAPACITY); /* the head may have moved in between */
      is_met = (CAPACITY - used >= 2 * need)
    }
  :: target != 0 -> is_met = (head >= target)
  fi
}

/* wait_for_room(), wait_until_written(). There are no time-outs: nobody may need them. */
inline wait() {
  ring_if_resting();
#ifndef BUG_LOOK_BEFORE_WAITING
  waiting_producers++;
#endif
  do
  :: is_met -> break
  :: !is_met ->
    room_moved[me] = false; /* seen = epoch() */
    look();
#ifdef BUG_LOOK_BEFORE_WAITING
    waiting_producers++;
#endif
    if
    :: is_met
    :: else -> room_moved[me] /* park(seen) */
    fi;
#ifdef BUG_LOOK_BEFORE_WAITING
    waiting_producers--
#endif
  od;
  atomic {
#ifndef BUG_LOOK_BEFORE_WAITING
    waiting_producers--;
#endif
    room_moved[me] = true; is_met = false; target = 0
  }
}

active [PRODUCERS] proctype producer() {
  byte need, t, h, offset, skipped, i, target;
  short used;
  mtype result, seen_state;
  bool is_met;
  byte me;
  me = _pid;
  do
  :: appended[me] == RECORDS -> break
  :: appended[me] < RECORDS ->
    if
    :: need == 0 -> select(need : 1 .. LONGEST)
    :: else
    fi;
#ifdef BUG_LOOK_BEFORE_RESERVING
    seen_state = state;
#endif
    try_reserve();
    if
    :: result == RESERVED ->
      fill_and_commit();
#ifndef NOBODY_SLEEPS
      h = POSITION(t) + skipped + need;
      ring_if_asleep();
      if
      :: POSITION(t) * 4 / CAPACITY != h * 4 / CAPACITY -> ring_if_resting()
      :: else
      fi;
#endif
      need = 0;
#ifdef LARGE
      /* The last piece of a large event: append() returns when it is in the file. */
      if
      :: me == 0 -> target = POSITION(tail); wait()
      :: else
      fi;
#endif
#ifdef NOBODY_SLEEPS
    :: result == FULL -> head != h
#else
    :: result == FULL -> wait()
#endif
    :: result == CLOSED ->
      /* Refused. Until the queue is open again, or closed for good. */
      if
      :: !IS_CLOSED(tail)
      :: closed_for_good -> break
      fi
    fi;
    atomic { t = 0; h = 0; offset = 0; skipped = 0; i = 0; used = 0; result = NOTHING; seen_state = AWAKE }
  od;
  finished++
}

/* ---- the drain, and who closes: who holds pass_mutex_ is the consumer ---- */

inline pass() {
  cursor = head;
  do
  :: cursor - head == CAPACITY -> break
  :: cursor != head -> break /* a full batch */
  :: cursor - head != CAPACITY ->
    atomic {
      w = word[cursor % CAPACITY];
      if
      :: (w & COMMITTED) == 0 -> w = 0; break
      :: else
      fi;
      if
      :: (w & PADDING) == 0 ->
        assert((w & PAYLOAD) == 0);
        assert(NUMBER(w) == written[SENDER(w)]);
        assert(LENGTH(w) == 1 || word[(cursor + 1) % CAPACITY] == CONTENT(SENDER(w), NUMBER(w)));
        written[SENDER(w)]++
      :: else
      fi;
      cursor = cursor + LENGTH(w);
      w = 0
    }
  od;
  if
  :: cursor != head -> release()
  :: else
  fi;
  cursor = 0
}

inline store_consumed() {
  d_step {
    consumed = cursor;
    each = 0;
    do
    :: each == PRODUCERS -> break
    :: else -> released[each] = written[each]; each++
    od;
    each = 0
  }
}

inline store_zeros() {
  do
  :: at == cursor -> break
  :: at != cursor ->
#ifndef BUG_NO_ZEROS
    word[at % CAPACITY] = 0;
#endif
    at++
  od;
  at = 0
}

inline unpark_all() {
  d_step {
    each = 0;
    do
    :: each == PRODUCERS -> break
    :: else -> room_moved[each] = true; each++
    od;
    each = 0
  }
}

inline release() {
  at = head;
#ifdef BUG_HEAD_BEFORE_ZEROS
  head = cursor;
#endif
#ifdef BUG_CONSUMED_AFTER_ZEROS
  store_zeros();
  store_consumed();
#else
  store_consumed();
  store_zeros();
#endif
#ifndef BUG_HEAD_BEFORE_ZEROS
  head = cursor;
#endif
  if
  :: waiting_producers != 0 -> unpark_all()
  :: else
  fi
}

/* EventWriter::move_ring_again(): another block, of zeros, takes the place of the empty ring's. */
inline move() {
#ifdef BUG_MOVE_BESIDE_PRODUCERS
  is_occupied = (tail == 2 * head);
#else
  atomic { /* try_occupy() */
    if
    :: tail == 2 * head -> tail = tail + 2 * CAPACITY; is_occupied = true
    :: else
    fi
  }
#endif
  if
  :: is_occupied ->
    d_step { /* mmap() */
      do
      :: at == CAPACITY -> break
      :: else -> assert(word[at] == 0); at++
      od;
      at = 0
    }
#ifndef BUG_MOVE_BESIDE_PRODUCERS
    consumed = head + CAPACITY; /* vacate() */
    head = head + CAPACITY;
#ifndef BUG_VACATE_IN_SILENCE
    if
    :: waiting_producers != 0 -> unpark_all()
    :: else
    fi;
#endif
#endif
    moves++
  :: else
  fi;
  is_occupied = false
}

active proctype drain() {
  byte cursor, at, each;
  short w;
  bool is_drained;
#ifdef MOVES
  byte moves;
  bool is_occupied;
#endif
#ifndef NOBODY_SLEEPS
  drain_runs;
#endif
  do
  :: if
#ifdef CLOSING
    :: atomic { !pass_is_on -> pass_is_on = true }; pass(); pass_is_on = false
    :: pass_is_on /* try_lock() failed */
#else
    :: pass()
#endif
    fi;
#ifdef MOVES
    if
    :: moves < MOVES -> move()
    :: true
    fi;
#endif
#ifdef NOBODY_SLEEPS
end_idle:
    POSITION(tail) != head
#else
    if
    :: /* nap(): its end is a matter of time */
      bell_moved = false;
      state = NAPPING;
      state = AWAKE
    :: /* fall_asleep() */
      bell_moved = false;
#ifdef BUG_LOOK_BEFORE_SLEEPING
      is_drained = (POSITION(tail) == head);
      state = ASLEEP;
#else
      state = ASLEEP;
      is_drained = (POSITION(tail) == head);
#endif
      if
      :: is_drained ->
end_asleep:
        bell_moved
      :: else
      fi;
      is_drained = false;
      state = AWAKE
    fi
#endif
  od
}

#ifdef CLOSING
/* EventWriter::close(), which fails once and is called again. */
active proctype closer() {
  byte cursor, at, each, final_tail, attempts;
  short w;
  do
  :: attempts == CLOSING -> break
  :: else ->
    atomic { !pass_is_on -> pass_is_on = true };
#ifdef BUG_CLOSED_APART
    closed_apart = true;
#else
    tail = tail | CLOSED_MARK;
#endif
    final_tail = POSITION(tail);
    do
    :: head == final_tail -> break
    :: head != final_tail -> pass()
    od;
    attempts++;
    if
    :: attempts == CLOSING -> closed_for_good = true
    :: else ->
#ifdef BUG_CLOSED_APART
      closed_apart = false
#else
      tail = tail & ~CLOSED_MARK
#endif
    fi;
    pass_is_on = false
  od;
  /* Nothing slips in behind what was written last. */
  finished == PRODUCERS;
  assert(POSITION(tail) == final_tail)
}
#endif

/* Whoever is told "appended" finds his records in the file, sooner or later. */
active proctype owner() {
  finished == PRODUCERS;
  head == POSITION(tail);
  byte each;
  do
  :: each == PRODUCERS -> break
  :: else -> assert(written[each] == appended[each]); each++
  od
}

#ifdef KILLED
/* ring_salvage.h. Changes nothing, and is taken after every step of the others: death may come
   at any. */
hidden byte cursor, end, step, sender;
hidden byte next[PRODUCERS];
hidden short found;

active proctype salvage() {
  do
  :: d_step {
    cursor = consumed;
    end = POSITION(tail);
    sender = 0;
    do
    :: sender == PRODUCERS -> break
    :: else -> next[sender] = released[sender]; sender++
    od;
    do
    :: cursor >= end -> break
    :: else ->
      found = word[cursor % CAPACITY];
      step = (found == 0 -> 1 : LENGTH(found));
      assert(step != 0 && step <= end - cursor && step <= CAPACITY - cursor % CAPACITY);
      if
      :: (found & COMMITTED) != 0 && (found & PADDING) == 0 ->
        sender = SENDER(found);
        assert((found & PAYLOAD) == 0);
        assert(NUMBER(found) == next[sender]);
        assert(LENGTH(found) == 1 || word[(cursor + 1) % CAPACITY] == CONTENT(sender, NUMBER(found)));
        next[sender]++
      :: else
      fi;
      cursor = cursor + step
    od;
    sender = 0;
    do
    :: sender == PRODUCERS -> break
    :: else -> assert(next[sender] == appended[sender]); sender++
    od;
    cursor = 0; end = 0; step = 0; sender = 0; found = 0
  }
  od
}
#endif
