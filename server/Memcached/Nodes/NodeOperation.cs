using System.Buffers;
using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Nodes;

/// <summary>
/// One request in a connection's pipeline and the reader of its answers. Owns the rented request buffer until <see cref="ReleaseRequest"/>,
/// which only the sender calls, after the last byte has been handed to the system.
/// </summary>
internal abstract class NodeOperation(ArraySegment<byte> request)
{
    private readonly Lock _lock = new();
    private bool _completed;
    private readonly TaskCompletionSource<bool> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Valid until <see cref="ReleaseRequest"/>.</summary>
    public ArraySegment<byte> Request { get; private set; } = request;

    public int RequestBytes { get; } = request.Count;

    /// <summary>True when all answers came, false when the connection ended first. Never faults.</summary>
    public Task<bool> Completion => _completion.Task;

    /// <summary>Takes the next answer; true when it was the last of this request. Throws <see cref="MetaProtocolException"/> on one that can't be.</summary>
    public bool Accept(in MetaResponse response)
    {
        // A timeout completes the request from another thread; from then on its results belong to whoever waited for it.
        lock (_lock)
            return !_completed && AcceptOpen(response);
    }

    public void Complete(bool answered)
    {
        lock (_lock)
            _completed = true;
        _completion.TrySetResult(answered);
    }

    public void ReleaseRequest()
    {
        ArrayPool<byte>.Shared.Return(Request.Array!);
        Request = default;
    }

    /// <summary>As <see cref="Accept"/>, never after completion.</summary>
    protected abstract bool AcceptOpen(in MetaResponse response);
}
