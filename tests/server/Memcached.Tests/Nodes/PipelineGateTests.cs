using Monorepo.Memcached.Nodes;

namespace Monorepo.Memcached.Tests.Nodes;

public sealed class PipelineGateTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Operations_are_bounded_and_admitted_in_order()
    {
        var gate = new PipelineGate(operationsMax: 2, bytesMax: 100);
        Assert.True(await gate.EnterAsync(1, default));
        Assert.True(await gate.EnterAsync(1, default));
        ValueTask<bool> third = gate.EnterAsync(1, default);
        Task<bool> fourth = gate.EnterAsync(1, default).AsTask();
        Assert.False(third.IsCompleted);
        gate.Leave(1);
        Assert.True(await third.AsTask().WaitAsync(Deadline));
        Assert.False(fourth.IsCompleted);
        gate.Leave(1);
        Assert.True(await fourth.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Bytes_are_bounded_and_a_large_one_is_not_overtaken()
    {
        var gate = new PipelineGate(operationsMax: 10, bytesMax: 100);
        Assert.True(await gate.EnterAsync(60, default));
        Task<bool> large = gate.EnterAsync(60, default).AsTask();
        Task<bool> small = gate.EnterAsync(1, default).AsTask();
        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        gate.Leave(60);
        Assert.True(await large.WaitAsync(Deadline));
        Assert.True(await small.WaitAsync(Deadline));
    }

    [Fact]
    public async Task One_over_the_whole_budget_goes_alone()
    {
        var gate = new PipelineGate(operationsMax: 10, bytesMax: 100);
        Assert.True(await gate.EnterAsync(500, default));
        Task<bool> next = gate.EnterAsync(1, default).AsTask();
        Assert.False(next.IsCompleted);
        gate.Leave(500);
        Assert.True(await next.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Giving_up_frees_the_line_behind()
    {
        var gate = new PipelineGate(operationsMax: 10, bytesMax: 100);
        using var impatience = new CancellationTokenSource();
        Assert.True(await gate.EnterAsync(60, default));
        Task<bool> large = gate.EnterAsync(60, impatience.Token).AsTask();
        Task<bool> small = gate.EnterAsync(1, default).AsTask();
        await impatience.CancelAsync();
        Assert.False(await large.WaitAsync(Deadline));
        Assert.True(await small.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Too_many_waiters_are_turned_away_at_once()
    {
        var gate = new PipelineGate(operationsMax: 1, bytesMax: 100);
        Assert.True(await gate.EnterAsync(1, default));
        var waiting = new List<Task<bool>>();
        for (int i = 0; i < PipelineGate.WaitersMax; i++)
            waiting.Add(gate.EnterAsync(1, default).AsTask());
        Assert.False(await gate.EnterAsync(1, default));
        foreach (Task<bool> task in waiting)
        {
            gate.Leave(1);
            Assert.True(await task.WaitAsync(Deadline));
        }
    }
}
