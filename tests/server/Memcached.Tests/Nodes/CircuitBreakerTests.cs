using Monorepo.Memcached.Nodes;
using Monorepo.Memcached.Tests.Fakes;

namespace Monorepo.Memcached.Tests.Nodes;

public sealed class CircuitBreakerTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly CircuitBreaker _breaker;

    public CircuitBreakerTests() => _breaker = new CircuitBreaker(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), _time);

    [Fact]
    public void It_opens_on_the_third_failure_in_a_row()
    {
        Assert.False(_breaker.RecordFailure());
        Assert.False(_breaker.RecordFailure());
        Assert.Equal(NodeState.Up, _breaker.State);
        Assert.True(_breaker.RecordFailure());
        Assert.Equal(NodeState.Down, _breaker.State);
        Assert.False(_breaker.RecordFailure());
    }

    [Fact]
    public void A_success_between_failures_starts_the_count_again()
    {
        _breaker.RecordFailure();
        _breaker.RecordFailure();
        _breaker.RecordSuccess();
        Assert.False(_breaker.RecordFailure());
        Assert.False(_breaker.RecordFailure());
        Assert.True(_breaker.RecordFailure());
    }

    [Fact]
    public void One_caller_probes_once_the_interval_has_passed()
    {
        Open();
        Assert.False(_breaker.TryBeginProbe());
        _time.Advance(TimeSpan.FromSeconds(0.999));
        Assert.False(_breaker.TryBeginProbe());
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.True(_breaker.TryBeginProbe());
        Assert.Equal(NodeState.Probing, _breaker.State);
        Assert.False(_breaker.TryBeginProbe());
    }

    [Fact]
    public void Failed_probes_double_the_interval_up_to_the_limit()
    {
        Open();
        foreach (int seconds in (int[])[1, 2, 4, 5, 5])
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.False(_breaker.TryBeginProbe());
            _time.Advance(TimeSpan.FromTicks(1));
            Assert.True(_breaker.TryBeginProbe());
            _breaker.EndProbe(succeeded: false);
            Assert.Equal(NodeState.Down, _breaker.State);
        }
    }

    [Fact]
    public void A_good_probe_closes_it_and_forgets()
    {
        Open();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_breaker.TryBeginProbe());
        _breaker.EndProbe(succeeded: true);
        Assert.Equal(NodeState.Up, _breaker.State);
        Assert.False(_breaker.RecordFailure());
        Assert.False(_breaker.RecordFailure());
        Assert.True(_breaker.RecordFailure());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_breaker.TryBeginProbe());
    }

    private void Open()
    {
        for (int i = 0; i < 3; i++)
            _breaker.RecordFailure();
    }
}
