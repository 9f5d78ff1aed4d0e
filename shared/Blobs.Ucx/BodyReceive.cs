using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

/// <summary>Fetches a small body that came by rendezvous, then hands it on as if it had come eagerly.</summary>
internal sealed class BodyReceive : UcxOperation
{
    private readonly NativeBytes _body;
    private readonly Action<NativeBytes, UcxStatus> _completed;

    private BodyReceive(NativeBytes body, Action<NativeBytes, UcxStatus> completed)
    {
        _body = body;
        _completed = completed;
    }

    /// <param name="message">A rendezvous message whose size has been checked.</param>
    /// <param name="completed">Gets the bytes for the length of the call only.</param>
    internal static void Start(in UcxMessage message, Action<NativeBytes, UcxStatus> completed)
    {
        NativeBytes body = new((int)message.BodyBytes);
        message.Receive(body.AsSegment(), new BodyReceive(body, completed));
    }

    public override void OnCompleted(UcxStatus status)
    {
        _completed(_body, status);
        _body.Dispose();
    }
}

/// <summary>A send whose bytes are one block, freed when UCX is done with it.</summary>
internal sealed class BlockSend(NativeBytes? block) : UcxOperation
{
    public override void OnCompleted(UcxStatus status) => block?.Dispose();
}
