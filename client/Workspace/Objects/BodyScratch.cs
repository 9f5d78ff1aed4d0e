using System.Buffers;

namespace Monorepo.Workspace.Objects;

/// <summary>Room for one body at a time, for a worker that is done with each before it takes the next. Not thread-safe.</summary>
internal sealed class BodyScratch : IDisposable
{
    private byte[] _rented = [];

    /// <summary>Memory of exactly that size; what was taken before is gone.</summary>
    public Memory<byte> Take(int sizeBytes)
    {
        if (sizeBytes > _rented.Length)
        {
            Dispose();
            _rented = ArrayPool<byte>.Shared.Rent(sizeBytes);
        }

        return _rented.AsMemory(0, sizeBytes);
    }

    public void Dispose()
    {
        if (_rented.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = [];
        }
    }
}
