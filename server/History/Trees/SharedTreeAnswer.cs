using System.Runtime.ExceptionServices;
using Monorepo.Rpc;
using Monorepo.Storage;
using ObjectBatch = Monorepo.Formats.Protos.ObjectBatch;

namespace Monorepo.History.Trees;

/// <summary>
/// One walk whose batches several calls send. It goes on at the pace of the fastest of them and keeps the last batches; a call that falls
/// behind those leaves and answers for itself, so that it neither holds up the others nor makes the server keep more. Thread-safe.
/// </summary>
internal sealed class SharedTreeAnswer : IRpcStreamWriter<ObjectBatch>
{
    /// <summary>Batches kept for calls behind the fastest one: 8 MB of batches of the usual size.</summary>
    public const int KeptBatchesMax = 32;

    /// <summary>Batches made before the fastest call takes them.</summary>
    private const int AheadMax = 4;

    private readonly Lock _lock = new();
    private readonly Queue<ObjectBatch> _kept = new();
    private readonly HashSet<Reader> _readers = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _firstKept;
    private long _made;
    private bool _isAbandoned;
    private bool _isEnded;
    private Exception? _failure;

    /// <summary>Takes part from the first batch on; null where that is not kept any more or the answer has ended.</summary>
    public Reader? TryJoin()
    {
        lock (_lock)
        {
            if (_isEnded || _firstKept > 0 || _isAbandoned)
            {
                return null;
            }

            Reader reader = new(this);
            _readers.Add(reader);
            return reader;
        }
    }

    /// <summary>Starts the walk.</summary>
    /// <param name="store">Where trees are read.</param>
    /// <param name="query">The question.</param>
    /// <param name="ended">Called once, when nobody can join any more.</param>
    public void Start(IObjectStore store, TreeQuery query, Action ended) => _ = Task.Run(async () =>
    {
        Exception? failure = null;
        try
        {
            // No call's token: it is for all of them, and ends at the first batch that nobody wants.
            await TreeWalk.WriteAsync(store, query, this, CancellationToken.None);
        }
        catch (Exception e)
        {
            // Told to every call that takes part.
            failure = e;
        }

        lock (_lock)
        {
            _failure = failure;
            _isEnded = true;
            Signal();
        }

        ended();
    });

    /// <summary>Takes a batch from the walk; waits while even the fastest call is behind.</summary>
    public async ValueTask WriteAsync(ObjectBatch message, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _kept.Enqueue(message);
            _made++;
            if (_kept.Count > KeptBatchesMax)
            {
                _kept.Dequeue();
                _firstKept++;
            }

            Signal();
        }

        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_isAbandoned)
                {
                    throw new OperationCanceledException("Every call that wanted the trees has ended.");
                }

                if (_made - FastestNext() < AheadMax)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private long FastestNext()
    {
        long fastest = 0;
        foreach (Reader reader in _readers)
        {
            fastest = Math.Max(fastest, reader.Next);
        }

        return fastest;
    }

    private void Leave(Reader reader)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
            _isAbandoned |= _readers.Count == 0;
            Signal();
        }
    }

    // Under the lock. Whoever waits looks again.
    private void Signal()
    {
        TaskCompletionSource changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One call's part. Not thread-safe; disposing it leaves.</summary>
    internal sealed class Reader(SharedTreeAnswer answer) : IDisposable
    {
        /// <summary>The batch it sends next. Under the answer's lock.</summary>
        public long Next { get; private set; }

        /// <summary>Sends every batch.</summary>
        /// <param name="output">The call's.</param>
        /// <param name="sent">Told of what was sent.</param>
        /// <param name="cancellationToken">Ends this call only.</param>
        /// <returns>False: it fell behind and has to send the rest by itself.</returns>
        public async Task<bool> CopyAsync(IRpcStreamWriter<ObjectBatch> output, SentTrees sent, CancellationToken cancellationToken)
        {
            while (true)
            {
                ObjectBatch? batch = Take(out Task? changed, out bool isBehind);
                if (isBehind)
                {
                    return false;
                }

                if (batch is not null)
                {
                    await output.WriteAsync(batch, cancellationToken);
                    sent.Add(batch);
                }
                else if (changed is null)
                {
                    return true;
                }
                else
                {
                    await changed.WaitAsync(cancellationToken);
                }
            }
        }

        public void Dispose() => answer.Leave(this);

        private ObjectBatch? Take(out Task? changed, out bool isBehind)
        {
            lock (answer._lock)
            {
                changed = null;
                isBehind = Next < answer._firstKept;
                if (isBehind)
                {
                    return null;
                }

                if (Next < answer._made)
                {
                    ObjectBatch batch = answer._kept.ElementAt((int)(Next - answer._firstKept));
                    Next++;
                    answer.Signal();
                    return batch;
                }

                if (!answer._isEnded)
                {
                    changed = answer._changed.Task;
                }
                else if (answer._failure is { } failure)
                {
                    // As if the call had walked by itself: the failure's kind becomes its status.
                    ExceptionDispatchInfo.Throw(failure);
                }

                return null;
            }
        }
    }
}
