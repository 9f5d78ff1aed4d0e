using System.Runtime.InteropServices;
using System.Text;

namespace Monorepo.Native.Posix;

/// <summary>A system call failed. The text names the call, the path (quoted where it is not printable) and the system's reason.</summary>
public sealed class PosixException : IOException
{
    public PosixException(string operation, Errno errno, ReadOnlySpan<byte> path)
        : base(Describe(operation, errno, path))
    {
        Operation = operation;
        Errno = errno;
        Path = path.ToArray();
    }

    /// <summary>The system call, by its C name.</summary>
    public string Operation { get; }

    public Errno Errno { get; }

    /// <summary>The path as it was given to the call; empty when the call works on a descriptor.</summary>
    public byte[] Path { get; }

    private static string Describe(string operation, Errno errno, ReadOnlySpan<byte> path)
    {
        string reason = Marshal.GetPInvokeErrorMessage((int)errno);
        return path.IsEmpty ? $"{operation}: {reason}" : $"{operation} '{Printable(path)}': {reason}";
    }

    private static string Printable(ReadOnlySpan<byte> path)
    {
        var text = new StringBuilder(path.Length);
        foreach (byte value in path)
        {
            if (value is >= 0x20 and < 0x7f)
                text.Append((char)value);
            else
                text.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
        }

        return text.ToString();
    }
}

/// <summary>The one place where an error number becomes an exception.</summary>
public static class ErrnoExtensions
{
    public static void ThrowIfFailed(this Errno errno, string operation, ReadOnlySpan<byte> path = default)
    {
        if (errno != Errno.None)
            throw new PosixException(operation, errno, path);
    }
}
