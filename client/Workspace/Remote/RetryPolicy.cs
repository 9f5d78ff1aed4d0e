using Monorepo.Blobs;
using Monorepo.Rpc;

namespace Monorepo.Workspace.Remote;

/// <summary>
/// How often a question that changes nothing is asked again of a server that does not answer, as one that is being restarted, and when: a quarter of a second
/// later, then twice as long each time, at most fifteen seconds, each less a random part of up to a half, so that many clients do not come at once. An
/// answer that is cut is gone on with, and what came of it is not asked for again. Thread-safe.
/// </summary>
/// <param name="retriesMax">How often one question is asked again; 0: never.</param>
/// <param name="time">Measures the waits.</param>
/// <param name="onRetry">Told before each wait; null: nobody.</param>
public sealed class RetryPolicy(int retriesMax, TimeProvider time, Action<Retry>? onRetry = null)
{
    /// <summary>An hour and more of waiting; nobody wants a larger number.</summary>
    public const int RetriesLimit = 300;

    public static readonly RetryPolicy None = new(0, TimeProvider.System);

    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(15);

    /// <summary>Whether a question that failed is to be asked again.</summary>
    /// <param name="retriesDone">How often it was, since something came of it.</param>
    /// <param name="error">How it failed now.</param>
    public bool Allows(int retriesDone, Exception error) => retriesDone < retriesMax && IsTransient(error);

    /// <summary>Waits before the next try.</summary>
    public Task WaitAsync(int retriesDone, Exception error, CancellationToken cancellationToken)
    {
        TimeSpan wait = WaitOf(retriesDone, Random.Shared.NextDouble());
        onRetry?.Invoke(new Retry(retriesDone + 1, retriesMax, wait, error));
        return Task.Delay(wait, time, cancellationToken);
    }

    /// <summary>Asks, and asks again as the policy has it.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        for (int retries = 0; ; retries++)
        {
            try
            {
                return await ask();
            }
            catch (Exception e) when (Allows(retries, e) && !cancellationToken.IsCancellationRequested)
            {
                await WaitAsync(retries, e, cancellationToken);
            }
        }
    }

    /// <param name="retriesDone">Before this wait.</param>
    /// <param name="random">From 0 to 1.</param>
    internal static TimeSpan WaitOf(int retriesDone, double random)
    {
        TimeSpan whole = retriesDone < 10 ? s_first * (1 << retriesDone) : s_longest;
        return (whole < s_longest ? whole : s_longest) * (1 - (random / 2));
    }

    // A server that ends in good order cancels what it is at; this side has cancelled nothing.
    private static bool IsTransient(Exception error) => error switch
    {
        RemoteException { InnerException: RpcException { StatusCode: RpcStatusCode.Cancelled } } => true,
        RemoteException e => e.IsTransient,
        BlobTransportException e => e.Error is BlobTransportError.Unreachable or BlobTransportError.PeerLost or BlobTransportError.DeadlineExceeded
            or BlobTransportError.Overloaded or BlobTransportError.SourceFailed or BlobTransportError.ShuttingDown,
        _ => false,
    };
}

/// <summary>A question is about to be asked again.</summary>
/// <param name="Number">The first is 1.</param>
/// <param name="Max">How many there may be.</param>
/// <param name="Wait">Until then.</param>
/// <param name="Error">Why.</param>
public readonly record struct Retry(int Number, int Max, TimeSpan Wait, Exception Error);
