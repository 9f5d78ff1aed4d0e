using System.Globalization;
using Monorepo.Watcher.Events;

namespace Monorepo.Watcher.Tests;

/// <summary>The system's own queue runs over, because the reader is held up.</summary>
public sealed class QueueOverflowTests
{
    private const int EventsPerTurn = 4;

    [Fact]
    public void A_queue_that_ran_over_makes_everything_doubtful_once()
    {
        using ManualResetEventSlim gate = new(initialState: true);
        using Folder folder = new(EventSourceKind.Inotify, source => new HeldSource(source, gate));
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        gate.Reset();
        int limit = int.Parse(File.ReadAllText("/proc/sys/fs/inotify/max_queued_events"), CultureInfo.InvariantCulture);
        for (int events = 0; events < 2 * limit; events += EventsPerTurn)
        {
            // Equal events in a row would be one.
            folder.Write("a", "x");
            File.Delete(folder.At("a"));
            folder.Write("b", "x");
            File.Delete(folder.At("b"));
        }

        folder.Write("made/while/blind", "x");
        gate.Set();
        ChangeSet changes = folder.Ask(clock);
        Assert.True(changes.IsEverything);
        Assert.Equal(1, folder.Watched.Restarts);
        folder.Write("made/while/blind", "y");
        changes = folder.Ask(changes.Now);
        Assert.False(changes.IsEverything);
        Assert.True(Folder.IsTold(changes, "made/while/blind"));
    }

    /// <summary>A source whose first change waits at a gate.</summary>
    private sealed class HeldSource(IEventSource source, ManualResetEventSlim gate) : IEventSource
    {
        public string Name => source.Name;

        public int WatchCount => source.WatchCount;

        public void Start(IChangeSink sink, CancellationToken cancellationToken) => source.Start(new HeldSink(sink, gate), cancellationToken);

        public void Dispose() => source.Dispose();
    }

    private sealed class HeldSink(IChangeSink sink, ManualResetEventSlim gate) : IChangeSink
    {
        public void Changed(ReadOnlySpan<byte> path, bool? isDirectory)
        {
            gate.Wait(Folder.Patience);
            sink.Changed(path, isDirectory);
        }

        public void Cookie(ReadOnlySpan<byte> name) => sink.Cookie(name);

        public void Lost(WatchLoss loss, string reason) => sink.Lost(loss, reason);
    }
}
