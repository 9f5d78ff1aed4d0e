using Monorepo.Blobs.Memory;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

/// <summary>Fetches a small body that came by rendezvous, then hands it on as if it had come eagerly.</summary>
internal sealed class BodyReceive : UcxOperation
{
    private readonly NativeBuffer _body;
    private readonly Action<NativeBuffer, UcxStatus> _completed;

    private BodyReceive(NativeBuffer body, Action<NativeBuffer, UcxStatus> completed)
    {
        _body = body;
        _completed = completed;
    }

    /// <param name="message">A rendezvous message whose size has been checked.</param>
    /// <param name="pool">Gives the memory.</param>
    /// <param name="completed">Gets the bytes for the length of the call only.</param>
    /// <returns>False: there is no memory. The message is dropped.</returns>
    internal static bool TryStart(in UcxMessage message, BufferPool pool, Action<NativeBuffer, UcxStatus> completed)
    {
        if (pool.TryRent((int)message.BodyBytes, MemoryOwner.Receives) is not { } body)
            return false;
        message.Receive(body.AsSegment(), new BodyReceive(body, completed));
        return true;
    }

    public override void OnCompleted(UcxStatus status)
    {
        _completed(_body, status);
        _body.Release();
    }
}

/// <summary>A send whose bytes are one buffer, released when UCX is done with it.</summary>
internal sealed class BufferSend(NativeBuffer buffer) : UcxOperation
{
    public override void OnCompleted(UcxStatus status) => buffer.Release();
}
