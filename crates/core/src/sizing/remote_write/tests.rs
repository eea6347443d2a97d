use proptest::prelude::*;

use super::*;

fn time(text: &str) -> Duration {
    text.parse().unwrap()
}

fn sender(series: u64) -> Sender {
    Sender {
        series,
        scrape_interval: time("15s"),
        batch: 2000,
        catch_up: CatchUp::default(),
    }
}

#[test]
fn capacities_by_shards_and_latency() {
    let latencies = ["100ms", "500ms", "1s", "2s", "5s"];
    for (shards, samples) in [
        (3, [60_000, 12_000, 6_000, 3_000, 1_200]),
        (10, [200_000, 40_000, 20_000, 10_000, 4_000]),
        (50, [1_000_000, 200_000, 100_000, 50_000, 20_000]),
    ] {
        assert_eq!(
            latencies.map(|latency| capacity(shards, 2000, time(latency)).unwrap()),
            samples,
            "{shards} shards"
        );
    }
    assert_eq!(capacity(3, 2000, Duration::ZERO), None);
}

#[test]
fn floors_of_a_hundred_thousand_series() {
    let floors = ["500ms", "1s", "2s", "5s"].map(|latency| sender(100_000).floor(time(latency)));
    assert_eq!(floors, [Some(4), Some(7), Some(14), Some(34)]);
    let larger = Sender {
        batch: 5000,
        ..sender(100_000)
    };
    assert_eq!(larger.floor(time("1s")), Some(3));
    assert_eq!(sender(0).floor(time("1s")), Some(0));
}

#[test]
fn three_shards_carry_a_quarter_when_the_receiver_is_slow() {
    let any = sender(0);
    assert_eq!(any.series_carried(3, time("500ms")), Some(180_000));
    assert_eq!(any.series_carried(3, time("2s")), Some(45_000));
    assert_eq!(any.series_carried_catching_up(3, time("2s")), Some(22_500));
    assert_eq!(
        any.series_carried_formula(3, time("2s")),
        "3 shards x 2000 samples / 2s x 15s = 45000 series"
    );
    assert_eq!(
        any.series_carried_formula(1, Duration::ZERO),
        "1 shard x 2000 samples / 0s x 15s = any number of series"
    );
}

#[test]
fn a_backlog_ends_only_with_spare_shards() {
    let sender = sender(100_000);
    // 6,667 samples arrive in a second; 3 shards send 6,000 and 10 send 20,000.
    let drain = |shards, limit| sender.drain_time(shards, time("1s"), time("1h"), time(limit));
    assert_eq!(drain(3, "30m"), None);
    assert_eq!(drain(10, "30m"), Some(time("15m")));
    assert_eq!(drain(10, "0s"), Some(time("30m")));
    assert_eq!(
        sender.drain_time_formula(10, time("1s"), time("1h"), time("30m")),
        "6666/s x 30m / (20000/s - 6666/s) = 15m"
    );
    assert_eq!(
        sender.drain_time_formula(3, time("1s"), time("1h"), time("30m")),
        "6666/s x 30m / (6000/s - 6666/s) = never"
    );
}

#[test]
fn fan_in_of_fifty_pods() {
    let pushes = |max_shards| {
        fan_in(&[Senders {
            pods: 50,
            max_shards,
            endpoints: 1,
        }])
    };
    assert_eq!([200, 50, 10, 3].map(pushes), [10_000, 2_500, 500, 150]);
}

#[test]
fn queues_take_memory() {
    assert_eq!(queue_memory(1, 50, 10_000, 2000).bytes(), 90_000_000);
    assert_eq!(queue_memory(2, 200, 10_000, 2000).bytes(), 720_000_000);
    assert_eq!(
        queue_memory_formula(2, 10, 10_000, 2000),
        "2 endpoints x 10 shards x (10000 + 2000) samples x 150 bytes = 36M"
    );
}

#[test]
fn what_cannot_be_divided_has_no_answer() {
    let never = Sender {
        scrape_interval: Duration::ZERO,
        ..sender(1)
    };
    assert_eq!(never.samples_per_second(), None);
    assert_eq!(never.floor(time("1s")), None);
    let empty = Sender {
        batch: 0,
        ..sender(1)
    };
    assert_eq!(empty.floor(time("1s")), None);
    let at_once = CatchUp {
        backlog: time("1s"),
        drain: Duration::ZERO,
    };
    assert_eq!(at_once.factor(), None);
    assert_eq!(
        Sender {
            catch_up: at_once,
            ..sender(1)
        }
        .floor(time("1s")),
        None
    );
    assert_eq!(CatchUp::NONE.factor(), Some(1.0));
}

proptest! {
    #[test]
    fn the_floor_carries_the_load_and_no_fewer_do(
        series in 1..10_000_000_u64, interval in 1..120_000_u64, batch in 1..10_000_u64,
        latency in 1..60_000_u64, backlog in 0..4_000_000_u64, drain in 1..4_000_000_u64,
    ) {
        let sender = Sender {
            series,
            scrape_interval: Duration::from_millis(interval),
            batch,
            catch_up: CatchUp { backlog: Duration::from_millis(backlog), drain: Duration::from_millis(drain) },
        };
        let latency = Duration::from_millis(latency);
        let floor = sender.floor(latency).unwrap();
        prop_assert!(sender.series_carried_catching_up(floor, latency).unwrap() >= series);
        prop_assert!(sender.series_carried_catching_up(floor - 1, latency).unwrap() < series);
        prop_assert!(sender.series_carried(floor, latency) >= sender.series_carried_catching_up(floor, latency));
    }

    #[test]
    fn floors_and_capacities_are_monotone(series in 1..1_000_000_u64, latency in 1..60_000_u64, shards in 1..500_u64) {
        let one = sender(series);
        let (fast, slow) = (Duration::from_millis(latency), Duration::from_millis(latency + 1));
        prop_assert!(one.floor(slow) >= one.floor(fast));
        prop_assert!(sender(series + 1).floor(fast) >= one.floor(fast));
        let larger = Sender { batch: 2001, ..one };
        prop_assert!(larger.floor(fast) <= one.floor(fast));
        prop_assert!(capacity(shards + 1, 2000, fast) >= capacity(shards, 2000, fast));
        prop_assert!(capacity(shards, 2000, slow) <= capacity(shards, 2000, fast));
        let drain = |shards| one.drain_time(shards, fast, time("1h"), Duration::ZERO);
        match (drain(shards), drain(shards + 1)) {
            (Some(fewer), Some(more)) => prop_assert!(more <= fewer),
            (Some(_), None) => prop_assert!(false, "one shard more cannot end the draining"),
            (None, _) => {}
        }
    }

    #[test]
    fn the_ceiling_is_what_the_receiver_bears(bears in 0..1_000_000_u64, pods in 1..1000_u64, endpoints in 1..5_u64) {
        let shards = ceiling(bears, pods, endpoints).unwrap();
        let pushes = |max_shards| fan_in(&[Senders { pods, max_shards, endpoints }]);
        prop_assert!(pushes(shards) <= bears);
        prop_assert!(pushes(shards + 1) > bears);
    }

    #[test]
    fn any_numbers_give_an_answer(
        (series, interval, batch, latency) in any::<(u64, u64, u64, u64)>(),
        (backlog, drain, shards, outage) in any::<(u64, u64, u64, u64)>(),
    ) {
        let sender = Sender {
            series,
            scrape_interval: Duration::from_millis(interval),
            batch,
            catch_up: CatchUp { backlog: Duration::from_millis(backlog), drain: Duration::from_millis(drain) },
        };
        let (latency, outage) = (Duration::from_millis(latency), Duration::from_millis(outage));
        let texts = [
            sender.floor_formula(latency),
            sender.series_carried_formula(shards, latency),
            sender.drain_time_formula(shards, latency, outage, outage),
            queue_memory_formula(series, shards, batch, interval),
            ceiling_formula(series, shards, batch),
            fan_in_formula(&[Senders { pods: series, max_shards: shards, endpoints: batch }; 2]),
            Receiver { proxies: series, connections: shards, distributors: batch, in_flight: backlog }.formula(),
        ];
        prop_assert!(texts.iter().all(|text| !text.is_empty()));
        let _ = sender.series_carried_catching_up(shards, latency);
    }
}
