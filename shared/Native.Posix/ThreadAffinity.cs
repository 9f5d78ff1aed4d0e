namespace Monorepo.Native.Posix;

/// <summary>Which processors a thread may run on.</summary>
public static unsafe class ThreadAffinity
{
    /// <summary>More processors than any machine we know has.</summary>
    private const int MaskBytes = 1024;

    /// <summary>The processors the calling thread may use, in order: a container may have been given some of the machine's.</summary>
    /// <exception cref="PosixException">The kernel has a longer mask.</exception>
    public static IReadOnlyList<int> Allowed()
    {
        byte* mask = stackalloc byte[MaskBytes];
        new Span<byte>(mask, MaskBytes).Clear();
        if (NativeMethods.sched_getaffinity(0, MaskBytes, mask) < 0)
            PosixFile.LastErrno().ThrowIfFailed("sched_getaffinity");
        List<int> allowed = [];
        for (int processor = 0; processor < MaskBytes * 8; processor++)
        {
            if ((mask[processor / 8] >> (processor % 8) & 1) != 0)
                allowed.Add(processor);
        }

        return allowed;
    }

    /// <summary>Keeps the calling thread on one processor, if it is allowed to.</summary>
    /// <param name="processor">One of <see cref="Allowed"/>.</param>
    /// <returns>False: the system did not let it.</returns>
    public static bool TryPin(int processor)
    {
        byte* mask = stackalloc byte[MaskBytes];
        new Span<byte>(mask, MaskBytes).Clear();
        mask[processor / 8] = (byte)(1 << (processor % 8));
        return NativeMethods.sched_setaffinity(0, MaskBytes, mask) == 0;
    }
}
