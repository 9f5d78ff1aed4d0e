namespace Monorepo.Workspace.Objects;

/// <summary>
/// Keeps the bytes that wait for a slow consumer bounded: who brings more waits. One object larger than the whole passes alone.
/// </summary>
internal sealed class ByteGate(long bytesMax) : IDisposable
{
    private const int UnitBytes = 64 << 10;

    private readonly int _unitsMax = (int)(bytesMax / UnitBytes);
    private readonly SemaphoreSlim _units = new((int)(bytesMax / UnitBytes));

    // Whoever collects units collects alone, or two half-served ones could wait for each other.
    private readonly SemaphoreSlim _turn = new(1);

    public async ValueTask EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            for (int i = UnitsOf(bytes); i > 0; i--)
            {
                await _units.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Leave(long bytes) => _units.Release(UnitsOf(bytes));

    public void Dispose()
    {
        _units.Dispose();
        _turn.Dispose();
    }

    private int UnitsOf(long bytes) => (int)Math.Min(_unitsMax, 1 + (bytes / UnitBytes));
}
