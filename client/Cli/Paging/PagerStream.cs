using System.Diagnostics;

namespace Monorepo.Cli.Paging;

/// <summary>
/// Output that goes through a pager, which is started with the first byte. Disposing waits until the person has seen enough. A pager that ends
/// early is no error: writing then fails as it does for any reader that goes away.
/// </summary>
/// <param name="command">A command line of the shell.</param>
public sealed class PagerStream(string command) : Stream
{
    // What a shell says of a program that is not there or can't be run.
    private const int NotFound = 127;
    private const int NotRunnable = 126;

    private Process? _process;

    /// <summary>The shell could not run the pager: nothing was shown.</summary>
    public bool IsMissing { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!buffer.IsEmpty)
        {
            (_process ??= Start()).StandardInput.BaseStream.Write(buffer);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => _process?.StandardInput.BaseStream.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _process is { } process)
        {
            _process = null;
            try
            {
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before.
            }

            process.WaitForExit();
            IsMissing = process.ExitCode is NotFound or NotRunnable;
            process.Dispose();
        }

        base.Dispose(disposing);
    }

    private Process Start()
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", command]) { UseShellExecute = false, RedirectStandardInput = true };

        // As git: less ends by itself where all fits on a screen, shows colours, and leaves the screen as it is.
        start.Environment.TryAdd("LESS", "FRX");
        start.Environment.TryAdd("LV", "-c");
        return Process.Start(start)!;
    }
}
