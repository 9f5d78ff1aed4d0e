namespace Monorepo.Workspace.Fetching;

/// <summary>Why waiting for another's fetch is over.</summary>
internal enum PatienceEnd
{
    /// <summary>The other has ended, well or not.</summary>
    Ended,

    /// <summary>It made no step for too long: it may be stopped, or wait for a reader of its output.</summary>
    Stalled,
}

/// <summary>Waits for the steps of another's fetch. Not thread-safe.</summary>
internal sealed class Patience(ForeignClaim other, TimeProvider time)
{
    private static readonly TimeSpan s_stallMax = TimeSpan.FromSeconds(5);

    // A small fetch is over in a few milliseconds; of a large one each look costs the reader's time.
    private static readonly TimeSpan s_pauseMin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromMilliseconds(80);

    private TimeSpan _pause = s_pauseMin;
    private long _steps;

    /// <summary>Returns when the other has made a step, with null, or when there is no use in waiting any longer.</summary>
    public async ValueTask<PatienceEnd?> WaitAsync(CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        while (!other.IsOver)
        {
            long steps = other.Steps;
            if (steps != _steps)
            {
                _steps = steps;
                return null;
            }

            if (time.GetElapsedTime(since) > s_stallMax)
            {
                return PatienceEnd.Stalled;
            }

            await Task.Delay(_pause, time, cancellationToken);
            _pause = _pause * 2 < s_pauseMax ? _pause * 2 : s_pauseMax;
        }

        return PatienceEnd.Ended;
    }

    /// <summary>Returns when the other has ended; false where it made no step for too long.</summary>
    public async ValueTask<bool> WaitForEndAsync(CancellationToken cancellationToken)
    {
        PatienceEnd? end;
        while ((end = await WaitAsync(cancellationToken)) is null)
        {
        }

        return end == PatienceEnd.Ended;
    }
}
